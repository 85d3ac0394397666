import { expect, test } from 'vitest'
import { placeOf, readNostrAddress } from './nostr-address.ts'

const name = 'npub10xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqpkge6d.nostr'

test.each([
  ['a bare name', name, `https://${name}/`, 443],
  ['with blanks around it', `  ${name} `, `https://${name}/`, 443],
  ['a host below', `www.${name}/a?b=c#d`, `https://www.${name}/a?b=c#d`, 443],
  ['with a port', `${name}:4443/x`, `https://${name}:4443/x`, 4443],
  ['https', `https://${name}/x`, `https://${name}/x`, 443],
  ['plain http becomes https', `http://${name}/x`, `https://${name}/x`, 443],
  ['upper case', `HTTPS://${name.toUpperCase()}`, `https://${name}/`, 443],
])('opens %s', (_title, text, url, port) => {
  const read = readNostrAddress(text)
  expect(read).toMatchObject({ ok: true, value: { url, port } })
})

test.each([
  ['nothing', ''],
  ['another site', 'https://example.com/'],
  ['the bare suffix', 'https://nostr/'],
  ['a trailing dot', `https://${name}./`],
  ['a password', `https://a:b@${name}/`],
  ['a user', `https://a@${name}/`],
  ['ftp', `ftp://${name}/`],
  ['a script', `javascript://${name}/%0aalert(1)`],
  ['a file', 'file:///etc/passwd'],
  ['a look-alike', `https://${name}.example.com/`],
])('does not open %s', (_title, text) => {
  expect(readNostrAddress(text).ok).toBe(false)
})

test.each([
  [`https://${name}/`, 'nostr'],
  [`https://${name}:8443/`, 'nostr'],
  [`wss://${name}/`, 'nostr'],
  [`http://${name}/`, 'nostr'],
  ['https://whatever.nostr./', 'nostr'],
  ['https://cdn.example.com/a.js', 'public'],
  ['wss://relay.example.com/', 'public'],
  ['https://xn--bcher-kva.example/', 'public'],
  ['http://cdn.example.com/a.js', 'forbidden'],
  ['ws://relay.example.com/', 'forbidden'],
  ['https://198.51.100.7/', 'forbidden'],
  ['https://[2001:db8::1]/', 'forbidden'],
  ['https://127.0.0.1/', 'forbidden'],
  ['https://127.1/', 'forbidden'],
  ['https://2130706433/', 'forbidden'],
  ['https://192.168.1.1/', 'forbidden'],
  ['https://0x7f000001/', 'forbidden'],
  ['https://[::1]/', 'forbidden'],
  ['https://[::ffff:192.168.1.1]/', 'forbidden'],
  ['https://localhost/', 'forbidden'],
  ['https://localhost./', 'forbidden'],
  ['https://a.localhost/', 'forbidden'],
  ['https://router.local/', 'forbidden'],
  ['https://router/', 'forbidden'],
  ['file:///etc/passwd', 'forbidden'],
  ['app://nostr-dns/index.html', 'forbidden'],
  ['data:text/html,x', 'forbidden'],
  ['nonsense', 'forbidden'],
])('%s is %s', (url, place) => {
  expect(placeOf(url)).toBe(place)
})
