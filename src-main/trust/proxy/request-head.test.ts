import { expect, test } from 'vitest'
import { headLimit, readHead } from './request-head.ts'

const head =
  'CONNECT a.nostr:443 HTTP/1.1\r\nHost: a.nostr:443\r\nProxy-Connection: keep-alive\r\n\r\n'

test('reads the target and where the head ends, and asks for more before that', () => {
  const bytes = Buffer.from(`${head}\u0016\u0003`)
  for (let length = 0; length < head.length; length += 1) {
    expect(readHead(bytes.subarray(0, length)).kind).toBe('incomplete')
  }
  expect(readHead(bytes)).toEqual({ kind: 'connect', target: 'a.nostr:443', end: head.length })
})

test.each([
  ['GET / HTTP/1.1\r\n', 'other'],
  ['C', 'incomplete'],
  ['CO ', 'other'],
  ['\u0016\u0003\u0001', 'other'],
  ['CONNECT  HTTP/1.1\r\n\r\n', 'invalid'],
  ['CONNECT a:1 HTTP/2\r\n\r\n', 'invalid'],
  ['CONNECT a:1 b HTTP/1.1\r\n\r\n', 'invalid'],
  ['CONNECT a:1\r\n\r\n', 'invalid'],
  [`CONNECT ${'a'.repeat(headLimit)}`, 'invalid'],
  [`CONNECT a:1 HTTP/1.1\r\nx: ${'a'.repeat(headLimit)}\r\n\r\n`, 'invalid'],
])('%j is %s', (text, kind) => {
  expect(readHead(Buffer.from(text, 'latin1')).kind).toBe(kind)
})
