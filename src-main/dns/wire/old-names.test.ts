import { expect, test } from 'vitest'
import { decodeMessage } from './decode.ts'
import { encodeMessage } from './encode.ts'

/** One answer of `code` at `example` whose data ends in pointers to the owner name at offset 12. */
function messageOf(code: number, rdata: readonly number[]): Uint8Array {
  const header = [0, 0, 0x80, 0, 0, 0, 0, 1, 0, 0, 0, 0]
  const owner = [7, ...Buffer.from('example'), 0]
  const fixed = [code >> 8, code & 0xff, 0, 1, 0, 0, 1, 44, rdata.length >> 8, rdata.length & 0xff]
  return Uint8Array.from([...header, ...owner, ...fixed, ...rdata])
}

function dataOf(message: Uint8Array): readonly number[] | undefined {
  const rdata = decodeMessage(message).answers[0]?.rdata
  return rdata !== undefined && 'data' in rdata ? [...rdata.data] : undefined
}

const pointer = [0xc0, 12]
const written = [7, ...Buffer.from('example'), 0]

test.each([
  ['MD', 3, pointer, written],
  ['MG', 8, [1, 0x61, ...pointer], [1, 0x61, ...written]],
  ['MINFO', 14, [...pointer, ...pointer], [...written, ...written]],
  ['RP', 17, [...pointer, 0], [...written, 0]],
  ['AFSDB', 18, [0, 1, ...pointer], [0, 1, ...written]],
  ['NXT', 30, [...pointer, 0x40, 1], [...written, 0x40, 1]],
  ['NAPTR', 35, [0, 1, 0, 2, 1, 0x73, 0, 0, ...pointer], [0, 1, 0, 2, 1, 0x73, 0, 0, ...written]],
])('names in %s data stand alone after decoding', (_, code, rdata, expected) => {
  const message = messageOf(code, rdata)
  expect(dataOf(message)).toEqual(expected)
  expect(dataOf(encodeMessage(decodeMessage(message)))).toEqual(expected)
})

test.each([
  ['an unknown type', 65_280, pointer],
  ['MD data that is no name', 3, [0xc0]],
  ['MB data with a pointer to itself', 7, [0xc0, 31]],
])('%s keeps its octets', (_, code, rdata) => {
  expect(dataOf(messageOf(code, rdata))).toEqual(rdata)
})
