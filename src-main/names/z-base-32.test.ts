import { expect, test } from 'vitest'
import { keyFromZBase32, toZBase32 } from './z-base-32.ts'

test.each([
  [new Uint8Array(32), 'y'.repeat(52)],
  [new Uint8Array(32).fill(0xff), `${'9'.repeat(51)}o`],
  [Uint8Array.from(Array(32).keys()), 'yyyoryarywdyqnyjbefoadeqbhebnrounoktcfaadrpbs8y7daxo'],
])('32 bytes and their text', (bytes, text) => {
  expect(toZBase32(bytes)).toBe(text)
  expect(keyFromZBase32(text)).toEqual(bytes)
})

test.each([
  ['a spare bit set', `${'y'.repeat(51)}b`],
  ['51 characters', 'y'.repeat(51)],
  ['53 characters', 'y'.repeat(53)],
  ['capital letters', 'Y'.repeat(52)],
  ['characters of no key', 'l'.repeat(52)],
])('%s is refused', (_, text) => {
  expect(keyFromZBase32(text)).toBeUndefined()
})
