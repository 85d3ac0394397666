import { describe, expect, test } from 'vitest'
import { isAtOrBelow, isValidName, labelsOf, nameKey, nameToWire } from './domain-name.ts'
import { parseNameText } from './name-text.ts'
import { TextError } from './text-entry.ts'

test.each([
  ['WWW.Example.COM', 'www.example.com'],
  ['already.lower', 'already.lower'],
  // RFC 4343 s.3: A-Z only; the Kelvin sign and non-ASCII capitals are left alone.
  ['\u212aÄ.X', '\u212aÄ.x'],
  ['\\065.A', '\\065.a'],
])('the key of %s is %s', (name, key) => {
  expect(nameKey(name)).toBe(key)
})

test.each([
  ['.', []],
  ['com', ['com']],
  ['www.example.com', ['www', 'example', 'com']],
  ['a\\.b.c', ['a\\.b', 'c']],
  ['a\\\\.b', ['a\\\\', 'b']],
  ['a\\046b.c', ['a\\046b', 'c']],
])('labels of %s', (name, labels) => {
  expect(labelsOf(name)).toEqual(labels)
})

test.each([
  ['www.Example.com', 'example.COM', true],
  ['example.com', 'example.com', true],
  ['anything', '.', true],
  ['.', '.', true],
  ['notexample.com', 'example.com', false],
  ['com', 'example.com', false],
  ['.', 'com', false],
  ['a\\.example.com', 'example.com', false],
  ['b.a\\.example.com', 'a\\.example.com', true],
  ['x.a\\\\.example.com', 'example.com', true],
])('%s at or below %s: %s', (name, parent, expected) => {
  expect(isAtOrBelow(name, parent)).toBe(expected)
})

describe('validity', () => {
  const label = 'a'.repeat(63)
  test.each([
    ['.', true],
    ['a', true],
    [label, true],
    [`${label}a`, false],
    [`${label}.${label}.${label}.${'a'.repeat(61)}`, true],
    [`${label}.${label}.${label}.${'a'.repeat(62)}`, false],
    ['', false],
    ['a..b', false],
    ['.a', false],
    ['..', false],
    ['\\255.a', true],
    ['\\256.a', false],
    ['a\\', false],
    ['a\\1', false],
    ['é'.repeat(31), true],
    ['é'.repeat(32), false],
  ])('%s: %s', (name, expected) => {
    expect(isValidName(name)).toBe(expected)
  })
})

test('wire form', () => {
  expect(Buffer.from(nameToWire('a\\.b.C\\000')).toString('hex')).toBe('03612e6202430000')
  expect([...nameToWire('.')]).toEqual([0])
})

test.each([
  ['www', 'example.com', 'www.example.com'],
  ['www.', 'example.com', 'www'],
  ['@', 'example.com', 'example.com'],
  ['.', 'example.com', '.'],
  ['www', '.', 'www'],
  ['a\\.', 'example.com', 'a\\..example.com'],
  ['a\\\\.', 'example.com', 'a\\\\'],
  ['\\097.b.', '.', 'a.b'],
  ['\\@', 'x', '\\@.x'],
])('%s at the origin %s means %s', (text, origin, name) => {
  expect(parseNameText(text, origin)).toBe(name)
})

test.each(['', '..', 'a..', 'a..b', '.a', `${'a'.repeat(64)}.`, '\\3', '\\999'])(
  '"%s" is no name in a zone file',
  (text) => {
    expect(() => parseNameText(text, 'example.com')).toThrow(TextError)
  },
)
