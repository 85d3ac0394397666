import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { SignedPacket } from './carrier.ts'
import { decodeKey } from './key.ts'
import {
  fromRelayBody,
  fromStored,
  isNewer,
  openPacket,
  payloadLimit,
  signedBytes,
  toRelayBody,
  toStored,
} from './signed-packet.ts'
import { testKey } from './testing/test-keys.ts'
import { countingKey, hex, t1, t2, t3, t4, timestampUs, zeroKey } from './testing/vectors.ts'

const vectors = [
  { name: 'T1', key: zeroKey.key, timestampUs, ...t1 },
  { name: 'T2', key: countingKey.key, timestampUs, ...t2 },
  { name: 'T4', key: countingKey.key, timestampUs: timestampUs + 1n, ...t4 },
]

function partsOf(vector: { signature: string; timestampUs: bigint; payload: string }) {
  return {
    signature: hex(vector.signature),
    timestampUs: vector.timestampUs,
    payload: hex(vector.payload),
  }
}

test.each(vectors)('$name verifies, and its signature is reproduced', (vector) => {
  const opened = openPacket(vector.key, partsOf(vector))
  expect(opened.ok).toBe(true)
  const owner = testKey(vector.key === zeroKey.key ? 0 : Uint8Array.from(Array(32).keys()))
  expect(owner.key).toBe(vector.key)
  expect(owner.sign(signedBytes(vector.timestampUs, hex(vector.payload)))).toEqual(
    hex(vector.signature),
  )
})

test('the body relays get has the bytes of the reference', () => {
  for (const vector of vectors.slice(0, 2)) {
    const opened = openPacket(vector.key, partsOf(vector))
    const body = opened.ok ? toRelayBody(opened.value) : new Uint8Array()
    expect(createHash('sha256').update(body).digest('hex')).toBe(
      vector.name === 'T1' ? t1.bodySha256 : t2.bodySha256,
    )
  }
})

test('T3, a body sent by the reference, is read and written again unchanged', () => {
  const opened = fromRelayBody(zeroKey.key, hex(t3.body))
  expect(opened).toMatchObject({ ok: true, value: { timestampUs: t3.timestampUs } })
  expect(opened.ok && Buffer.from(toRelayBody(opened.value)).toString('hex')).toBe(t3.body)
})

test('any flipped byte of key, signature, time or payload is refused', () => {
  const body = hex(t3.body)
  for (let offset = 0; offset < body.length; offset += 1) {
    for (const mask of [0x01, 0x80, 0xff]) {
      const tampered = Uint8Array.from(body)
      tampered[offset] = (tampered[offset] ?? 0) ^ mask
      expect(fromRelayBody(zeroKey.key, tampered).ok, `byte ${offset}`).toBe(false)
    }
  }
  for (let offset = 0; offset < 32; offset += 1) {
    const key = hex(zeroKey.publicKey)
    key[offset] = (key[offset] ?? 0) ^ 0x01
    expect(fromRelayBody(key, body).ok, `key byte ${offset}`).toBe(false)
  }
})

test('a cut or lengthened body is refused', () => {
  const body = hex(t3.body)
  for (let length = 0; length < body.length; length += 1) {
    expect(fromRelayBody(zeroKey.key, body.subarray(0, length)).ok, `${length} bytes`).toBe(false)
  }
  expect(fromRelayBody(zeroKey.key, Buffer.concat([body, Buffer.from([0])])).ok).toBe(false)
})

test('the packet of another key is refused', () => {
  expect(fromRelayBody(countingKey.key, hex(t3.body))).toMatchObject({
    ok: false,
    error: { code: 'pkarr.bad-signature' },
  })
})

const owner = testKey(7)

function opening(parts: { timestampUs?: bigint; payload?: Uint8Array; key?: string }) {
  const { timestampUs: at = 1n, payload = new Uint8Array(12), key = owner.key } = parts
  return openPacket(key, {
    timestampUs: at,
    payload,
    signature: owner.sign(signedBytes(at, payload)),
  })
}

test.each([
  ['pkarr.bad-key', { key: 'c1bkg8tfsyy8wcedtmw4fwhdmm7bbzhgg3z58tf43m5ow8w9mbus' }],
  ['pkarr.bad-timestamp', { timestampUs: 2n ** 63n }],
  ['pkarr.bad-size', { payload: new Uint8Array(payloadLimit + 1) }],
  ['pkarr.not-dns', { payload: new Uint8Array(11) }],
  ['pkarr.not-dns', { payload: Buffer.from('no DNS message, but signed by the key') }],
])('%s', (code, parts) => {
  expect(opening(parts)).toMatchObject({ ok: false, error: { code } })
})

test('a payload may have 1000 bytes, and the error for more names the size', () => {
  expect(opening({ payload: new Uint8Array(1000) }).ok).toBe(true)
  const refused = opening({ payload: new Uint8Array(1001) })
  expect(refused.ok ? '' : refused.error.message).toContain('1001 bytes')
})

test('the latest time BEP 44 knows is accepted', () => {
  expect(opening({ timestampUs: 2n ** 63n - 1n }).ok).toBe(true)
})

test('newer is later, and on a tie greater in bytes', () => {
  const message = (last: number): Uint8Array => Uint8Array.from([...new Uint8Array(12), last])
  const older = owner.packet(1n, message(9))
  const low = owner.packet(2n, message(1))
  const high = owner.packet(2n, message(2))
  const orders: [SignedPacket, SignedPacket, boolean][] = [
    [low, older, true],
    [older, low, false],
    [high, low, true],
    [low, high, false],
    [low, low, false],
  ]
  for (const [a, b, expected] of orders) expect(isNewer(a, b)).toBe(expected)
})

test('packets come back from the disk as they were, and damaged ones do not', () => {
  const packet = owner.packet(3n, new Uint8Array(12))
  const stored = toStored({ packet, lastSeenMs: 1_780_000_000_123 })
  expect(fromStored(stored)).toEqual({ ok: true, value: { packet, lastSeenMs: 1_780_000_000_123 } })
  for (let offset = 8; offset < stored.length; offset += 1) {
    const damaged = Uint8Array.from(stored)
    damaged[offset] = (damaged[offset] ?? 0) ^ 0x10
    expect(fromStored(damaged).ok, `byte ${offset}`).toBe(false)
  }
  expect(fromStored(stored.subarray(0, 39)).ok).toBe(false)
})

test('a packet keeps its own copy of the bytes', () => {
  const body = hex(t3.body)
  const opened = fromRelayBody(zeroKey.key, body)
  body.fill(0)
  expect(opened.ok && Buffer.from(toRelayBody(opened.value)).toString('hex')).toBe(t3.body)
  expect(opened.ok && opened.value.publicKey).toEqual(decodeKey(zeroKey.key))
})
