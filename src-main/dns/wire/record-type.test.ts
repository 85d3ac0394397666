import { expect, test } from 'vitest'
import { recordTypes } from './message.ts'
import type { KnownType } from './message.ts'
import { parseRecordType, typeCode, typeFromCode } from './record-type.ts'
import { WireError } from './wire-error.ts'

test.each(Object.entries(recordTypes))('%s is %i and back', (type, code) => {
  expect(typeCode(type as KnownType)).toBe(code)
  expect(typeFromCode(code)).toBe(type)
  expect(parseRecordType(type.toLowerCase())).toBe(type)
  expect(parseRecordType(`type${code}`)).toBe(type)
})

test('other types are RFC 3597 TYPEnnn', () => {
  expect(typeFromCode(65_280)).toBe('TYPE65280')
  expect(typeCode('TYPE65280')).toBe(65_280)
  expect(parseRecordType('Type65280')).toBe('TYPE65280')
  expect(parseRecordType('TYPE00065')).toBe('HTTPS')
})

test.each([
  '',
  'TYPE',
  'TYPE65536',
  'TYPE123456',
  'TYPE-1',
  'TYPEx',
  'AA',
  '1',
  'toString',
  'NSEC3',
])('"%s" is no type', (text) => {
  expect(parseRecordType(text)).toBeUndefined()
})

test('a number beyond 16 bits has no code', () => {
  expect(() => typeCode('TYPE70000')).toThrow(WireError)
})
