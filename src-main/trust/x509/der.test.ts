import { describe, expect, it } from 'vitest'
import {
  booleanOf,
  bitStringBytes,
  createDerCursor,
  DerError,
  integerBytes,
  oidText,
  readWhole,
  timeOf,
} from './der-reader.ts'
import {
  bitString,
  boolean,
  element,
  ia5Bytes,
  octetString,
  oid,
  sequence,
  time,
  unsignedInteger,
} from './der-writer.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const bytes = (text: string): Uint8Array => Buffer.from(text, 'hex')
const seconds = (text: string): number => Date.parse(text) / 1000

describe('object identifiers', () => {
  it.each([
    ['1.2.840.10045.4.3.2', '06082a8648ce3d040302'],
    ['2.5.29.17', '0603551d11'],
    ['0.9.2342.19200300.100.1.25', '060a0992268993f22c640119'],
    ['2.999.3', '0603883703'],
    // An arc of 128 bits, as 2.25.<UUID> has; double precision numbers would mangle it.
    [
      '2.25.329800735698586629295641978511506172918',
      '06146983f09da7ebcfdee0c7a1a7b2c0948cc8f9d776',
    ],
  ])('%s', (dotted, der) => {
    expect(hex(oid(dotted))).toBe(der)
    expect(oidText(readWhole(bytes(der)))).toBe(dotted)
  })

  it.each(['', '1', '3.1', '1.40', '1.2.', '1.02', '1.-2', 'a.b'])(
    'refuses to write %j',
    (text) => {
      expect(() => oid(text)).toThrow(RangeError)
    },
  )

  it.each([
    ['empty', '0600'],
    ['an arc that does not end', '06022a86'],
    ['a padded arc', '06032a8001'],
    ['absurdly long', `0641${'81'.repeat(64)}01`],
  ])('refuses to read one that is %s', (_what, der) => {
    expect(() => oidText(readWhole(bytes(der)))).toThrow(DerError)
  })
})

describe('numbers and strings', () => {
  it.each([
    ['00', '020100'],
    ['7f', '02017f'],
    ['80', '02020080'],
    ['0000ff', '020200ff'],
    ['', '020100'],
  ])('writes the unsigned number %s in its shortest form', (number, der) => {
    expect(hex(unsignedInteger(bytes(number)))).toBe(der)
  })

  it.each(['0200', '0202007f', '0202ff80'])('refuses the INTEGER %s', (der) => {
    expect(() => integerBytes(readWhole(bytes(der)))).toThrow(DerError)
  })

  it('reads and writes BOOLEAN and BIT STRING', () => {
    expect(booleanOf(readWhole(boolean(true)))).toBe(true)
    expect(booleanOf(readWhole(boolean(false)))).toBe(false)
    expect(() => booleanOf(readWhole(bytes('010101')))).toThrow(DerError)
    expect(hex(bitStringBytes(readWhole(bitString(bytes('abcd')))))).toBe('abcd')
    expect(() => bitStringBytes(readWhole(bytes('0300')))).toThrow(DerError)
    expect(() => bitStringBytes(readWhole(bytes('03020780')))).toThrow(DerError)
  })

  it('refuses to write names that are not ASCII', () => {
    expect(() => ia5Bytes('bücher')).toThrow(RangeError)
    expect(() => ia5Bytes('例え')).toThrow(RangeError)
  })
})

describe('lengths', () => {
  it.each([
    [0, '0400'],
    [127, '047f'],
    [128, '048180'],
    [255, '0481ff'],
    [256, '04820100'],
    [65_535, '0482ffff'],
    [65_536, '0483010000'],
  ])('%d bytes', (length, header) => {
    const der = octetString(new Uint8Array(length))
    expect(hex(der.subarray(0, header.length / 2))).toBe(header)
    expect(readWhole(der).value).toHaveLength(length)
  })

  it.each([
    ['nothing', ''],
    ['only a tag', '04'],
    ['longer than the data', '040201'],
    ['indefinite', '0480010000'],
    ['not shortest, one byte', '04810141'],
    ['not shortest, two bytes', '048200ff'],
    ['of four bytes', '04840000000141'],
    ['cut off', '0482'],
    ['a tag of several bytes', '1f810100'],
    ['something behind it', '04014100'],
  ])('refuses %s', (_what, der) => {
    expect(() => readWhole(bytes(der))).toThrow(DerError)
  })

  it('never reads past an element into its neighbour', () => {
    const outer = sequence(element(0x04, bytes('41')), element(0x04, bytes('42')))
    const cursor = createDerCursor(readWhole(outer).value)
    expect(hex(cursor.next(0x04).value)).toBe('41')
    expect(() => cursor.next(0x02)).toThrow(DerError)
    expect(cursor.optional(0x02)).toBeUndefined()
    expect(() => cursor.end()).toThrow(DerError)
    expect(hex(cursor.next().raw)).toBe('040142')
    cursor.end()
  })
})

describe('times', () => {
  it.each([
    ['1950-01-01T00:00:00Z', '3530303130313030303030305a', 0x17],
    ['2026-11-21T08:42:07Z', '3236313132313038343230375a', 0x17],
    ['2049-12-31T23:59:59Z', '3439313233313233353935395a', 0x17],
    ['2050-01-01T00:00:00Z', '32303530303130313030303030305a', 0x18],
    ['9999-12-31T23:59:59Z', '39393939313233313233353935395a', 0x18],
  ])('%s', (text, content, tag) => {
    const der = time(seconds(text))
    expect(der[0]).toBe(tag)
    expect(hex(der.subarray(2))).toBe(content)
    expect(timeOf(readWhole(der))).toBe(seconds(text))
  })

  it('drops fractions of a second', () => {
    expect(timeOf(readWhole(time(1_700_000_000.9)))).toBe(1_700_000_000)
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY, seconds('1949-12-31T23:59:59Z'), 253_402_300_800])(
    'refuses to write %d',
    (value) => {
      expect(() => time(value)).toThrow(RangeError)
    },
  )

  it.each([
    ['without seconds', 0x17, '2611210842Z'],
    ['with an offset', 0x17, '261121084207+0100'],
    ['30 February', 0x17, '260230000000Z'],
    ['hour 24', 0x17, '261121240000Z'],
    ['month 0', 0x18, '20260021084207Z'],
    ['a fraction', 0x18, '20261121084207.5Z'],
    ['letters', 0x17, 'ab1121084207Z'],
    ['a string', 0x0c, '261121084207Z'],
  ])('refuses to read %s', (_what, tag, text) => {
    expect(() => timeOf(readWhole(element(tag, Buffer.from(text))))).toThrow(DerError)
  })
})
