import { expect, test } from 'vitest'
import { isAppUrl, resolveAppFile } from './app-files.ts'

test.each([
  ['app://nostr-dns/index.html', '/r/index.html', 'text/html; charset=utf-8'],
  [
    'app://nostr-dns/assets/index-Bx_1.js',
    '/r/assets/index-Bx_1.js',
    'text/javascript; charset=utf-8',
  ],
  ['app://nostr-dns/assets/a.css?v=1#x', '/r/assets/a.css', 'text/css; charset=utf-8'],
  // The URL parser itself removes dot segments: what is left stays inside.
  ['app://nostr-dns/../index.html', '/r/index.html', 'text/html; charset=utf-8'],
])('%s is %s', (url, path, mediaType) => {
  expect(resolveAppFile('/r', url)).toEqual({ path, mediaType })
})

test.each([
  ['another host', 'app://other/index.html'],
  ['another scheme', 'file:///r/index.html'],
  ['credentials', 'app://user:pw@nostr-dns/index.html'],
  ['escaped dot segments', 'app://nostr-dns/%2e%2e%2fnode/main.js'],
  ['escaped separators', 'app://nostr-dns/assets%2f..%2f..%2fnode/main.js'],
  ['a backslash', 'app://nostr-dns/..%5cnode%5cmain.js'],
  ['a null byte', 'app://nostr-dns/index.html%00.js'],
  ['a bad escape', 'app://nostr-dns/%zz.html'],
  ['an unknown kind', 'app://nostr-dns/settings.cjs'],
  ['no file', 'app://nostr-dns/'],
  ['no URL', 'index.html'],
])('%s is not served', (_title, url) => {
  expect(resolveAppFile('/r', url)).toBeUndefined()
})

test.each([
  ['app://nostr-dns/index.html', true],
  ['app://nostr-dns.example/index.html', false],
  ['https://nostr-dns/index.html', false],
  ['about:blank', false],
  ['', false],
])('isAppUrl %s: %s', (url, expected) => {
  expect(isAppUrl(url)).toBe(expected)
})
