import { describe, expect, it } from 'vitest'
import { commonPrefixBits, compareDistance, secureNodeId } from './node-id.ts'

const id = (...first: number[]): Uint8Array => {
  const bytes = new Uint8Array(20)
  bytes.set(first)
  return bytes
}

describe('node ids', () => {
  // The test vectors of BEP 42. The first 21 bits depend on the address.
  it.each([
    ['124.31.75.21', 1, '5fbfbf'],
    ['21.75.31.124', 86, '5a3ce9'],
    ['65.23.51.170', 22, 'a5d432'],
    ['84.124.73.14', 65, '1b0321'],
    ['43.213.53.83', 90, 'e56f6c'],
  ])('BEP 42: %s with %i gives %s', (address, rand, prefix) => {
    const random = id()
    random[19] = rand
    const made = Buffer.from(secureNodeId(address, random))
    const wanted = Buffer.from(prefix, 'hex')
    expect(made.readUInt16BE(0)).toBe(wanted.readUInt16BE(0))
    expect((made[2] ?? 0) & 0xf8).toBe((wanted[2] ?? 0) & 0xf8)
    expect(made[19]).toBe(rand)
  })

  it('compares by XOR', () => {
    const target = id(0b1000_0000)
    expect(compareDistance(target, id(0b1000_0001), id(0))).toBeLessThan(0)
    expect(compareDistance(target, id(0b0111_1111), id(0b1111_1111))).toBeGreaterThan(0)
    expect(compareDistance(target, id(3), id(3))).toBe(0)
  })

  it('counts common leading bits', () => {
    expect(commonPrefixBits(id(), id(0x80))).toBe(0)
    expect(commonPrefixBits(id(), id(0, 1))).toBe(15)
    expect(commonPrefixBits(id(7), id(7))).toBe(160)
  })
})
