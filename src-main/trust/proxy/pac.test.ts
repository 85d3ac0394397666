import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { pacText } from './pac.ts'

const find = (host: string): unknown =>
  runInNewContext(`${pacText(17_801)};FindProxyForURL("https://" + host + "/", host)`, { host })

test.each([
  ['npub1abc.nostr', true],
  ['www.npub1abc.nostr', true],
  ['WWW.NPUB1ABC.NOSTR', true],
  ['alice.nostr', true],
  ['alice.nostr.', true],
  ['nostr', false],
  ['.nostr', false],
  ['evilnostr', false],
  ['npub1abc.nostr.example', false],
  ['example.com', false],
  ['127.0.0.1', false],
  ['', false],
])('%s goes to the proxy: %s', (host, isOurs) => {
  // Never `; DIRECT` after the proxy.
  expect(find(host)).toBe(isOurs ? 'PROXY 127.0.0.1:17801' : 'DIRECT')
})

test('runs in the oldest engines: no word newer than ECMAScript 3', () => {
  expect(pacText(1)).not.toMatch(/=>|\b(?:let|const|endsWith|includes)\b|`/u)
})
