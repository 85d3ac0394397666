import { describe, expect, it } from 'vitest'
import { createDice } from '../../testing/random.ts'
import { decodeBencode, encodeBencode, type Bencodable } from './bencode.ts'

const octets = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'))
const decode = (text: string): unknown => decodeBencode(octets(text))

describe('encodeBencode', () => {
  it.each([
    ['i0e', 0],
    ['i-3e', -3n],
    ['0:', ''],
    ['4:spam', octets('spam')],
    ['li1e1:alee', [1, 'a', []]],
    ['d1:ai2e1:bi1ee', { b: 1, a: 2, Z: undefined }],
    ['d1:\xffi1ee', new Map([['\xff', 1n]])],
  ] satisfies [string, Bencodable][])('%s', (text, value) => {
    expect(encodeBencode(value).toString('latin1')).toBe(text)
  })
})

describe('decodeBencode', () => {
  it('reads every kind of value', () => {
    expect(decode('d1:ai-42e1:bl1:xdee1:c0:e')).toEqual(
      new Map<string, unknown>([
        ['a', -42n],
        ['b', [octets('x'), new Map()]],
        ['c', octets('')],
      ]),
    )
  })

  it('reads the whole range of 64 bits, and keys in any order', () => {
    expect(decode('i9223372036854775807e')).toBe(2n ** 63n - 1n)
    expect(decode('i-9223372036854775808e')).toBe(-(2n ** 63n))
    expect(decode('d1:bi1e1:ai2ee')).toEqual(
      new Map([
        ['b', 1n],
        ['a', 2n],
      ]),
    )
  })

  it.each([
    '',
    'i',
    'ie',
    'i-e',
    'i-0e',
    'i00e',
    'i01e',
    'i1',
    'i1.5e',
    'i9223372036854775808e',
    'i-9223372036854775809e',
    `i${'9'.repeat(400)}e`,
    '5:spam',
    '01:a',
    '-1:a',
    '4spam',
    ':',
    '999999:a',
    'l',
    'li1e',
    'd1:ae',
    'd1:ai1e',
    'di1ei2ee',
    'd1:ai1e1:ai2ee',
    'i1ei2e',
    '4:spam ',
    'x',
    'e',
  ])('refuses %j', (text) => {
    expect(decode(text)).toBeUndefined()
  })

  it('refuses what nests too deeply or holds too many values', () => {
    expect(decode(`${'l'.repeat(10)}${'e'.repeat(10)}`)).toBeDefined()
    expect(decode(`${'l'.repeat(100_000)}${'e'.repeat(100_000)}`)).toBeUndefined()
    expect(decode(`l${'le'.repeat(1_000)}e`)).toBeDefined()
    expect(decode(`l${'le'.repeat(1_100)}e`)).toBeUndefined()
  })

  it('gives back what was encoded, whatever it was', () => {
    const dice = createDice(5)
    const randomValue = (depth: number): Bencodable => {
      const kind = dice.below(depth > 3 ? 2 : 4)
      if (kind === 0) return BigInt(dice.below(2 ** 31)) * (dice.below(2) === 0 ? 1n : -1n)
      if (kind === 1) return Uint8Array.from({ length: dice.below(20) }, () => dice.below(256))
      const items = Array.from({ length: dice.below(4) }, () => randomValue(depth + 1))
      if (kind === 2) return items
      return new Map(items.map((item) => [String.fromCharCode(dice.below(256)), item]))
    }
    for (let round = 0; round < 500; round += 1) {
      const encoded = encodeBencode(randomValue(0))
      expect(encodeBencode(decodeBencode(encoded) ?? 'refused').equals(encoded)).toBe(true)
    }
  })
})
