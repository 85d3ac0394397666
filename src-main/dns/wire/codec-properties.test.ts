import { describe, expect, test } from 'vitest'
import { decodeMessage } from './decode.ts'
import { encodeMessage } from './encode.ts'
import { createDraw, drawMessage, drawRdata } from './message-generator.ts'
import type { Message } from './message.ts'
import { formatRdata, parseRdata } from './rdata-text.ts'
import { WireError } from './wire-error.ts'

/** What decoding gives, with every failure but WireError passed on. */
function decodeOrRefuse(bytes: Uint8Array): Message | WireError {
  try {
    return decodeMessage(bytes)
  } catch (error) {
    if (error instanceof WireError) return error
    throw error
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

test('decode(encode(m)) is m, and encoding it again gives the same octets', () => {
  const draw = createDraw(1)
  for (let round = 0; round < 1000; round += 1) {
    const message = drawMessage(draw)
    const bytes = encodeMessage(message)
    expect(decodeMessage(bytes)).toEqual(message)
    expect(hex(encodeMessage(decodeMessage(bytes)))).toBe(hex(bytes))
  }
})

test('parse(format(rdata)) is rdata, whatever the origin', () => {
  const draw = createDraw(2)
  for (let round = 0; round < 5000; round += 1) {
    const rdata = drawRdata(draw)
    // Text must be consistent where the wire need not be (RFC 9460 s.8), so those two keys are out.
    if ('params' in rdata && rdata.params.some(({ key }) => key === 0 || key === 2)) continue
    expect(parseRdata(rdata.type, formatRdata(rdata), 'other.origin')).toEqual(rdata)
  }
})

test('a message cut short anywhere is refused', () => {
  const draw = createDraw(3)
  for (let round = 0; round < 60; round += 1) {
    const bytes = encodeMessage(drawMessage(draw))
    for (let length = 0; length < bytes.length; length += 1) {
      expect(decodeOrRefuse(bytes.subarray(0, length))).toBeInstanceOf(WireError)
    }
  }
})

describe('20,000 damaged messages', () => {
  test('are read or refused with WireError, and what is read can be written', () => {
    const draw = createDraw(4)
    const sound = Array.from({ length: 500 }, () => encodeMessage(drawMessage(draw)))
    const unstable: string[] = []
    let read = 0
    for (let round = 0; round < 20_000; round += 1) {
      const bytes = Uint8Array.from(sound[round % sound.length] ?? [])
      for (let damage = 1 + draw.below(6); damage > 0; damage -= 1) {
        bytes[draw.below(bytes.length)] = draw.pick([draw.below(256), 0xc0, 0x00, 0xff, 0x3f, 0x0c])
      }
      const result = decodeOrRefuse(bytes)
      if (result instanceof WireError) continue
      read += 1
      // Twice: the first writing may bring a message into canonical form, the second must keep it.
      const rewritten = encodeMessage(result)
      const again = decodeMessage(rewritten)
      if (hex(encodeMessage(again)) !== hex(rewritten)) unstable.push(hex(bytes))
      for (const { rdata } of [...result.answers, ...result.authorities]) formatRdata(rdata)
    }
    expect(unstable).toEqual([])
    // Most damage hits octets without structure; were nothing read, the test would prove nothing.
    expect(read).toBeGreaterThan(2000)
  })

  test('random octets', () => {
    const draw = createDraw(5)
    for (let round = 0; round < 5000; round += 1) {
      expect(decodeOrRefuse(draw.bytes(draw.below(200)))).toBeTypeOf('object')
    }
  })
})
