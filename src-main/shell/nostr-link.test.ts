import { describe, expect, test } from 'vitest'
import { linkIn, readLink } from './nostr-link.ts'

const npub = `npub1${'q'.repeat(58)}`
const key = 'y'.repeat(52)
const secret = `nsec1${'q'.repeat(58)}`

describe('a link names', () => {
  test.each([
    [`nostr-dns:${npub}.nostr`, `${npub}.nostr`],
    [`nostr-dns://${npub}.nostr`, `${npub}.nostr`],
    [`nostr-dns://${npub}.nostr/`, `${npub}.nostr`],
    [`nostr-dns://${npub}.nostr/details`, `${npub}.nostr`],
    [`nostr-dns:${npub}.nostr/details/`, `${npub}.nostr`],
    [`NOSTR-DNS://WWW.${npub.toUpperCase()}.NOSTR./DETAILS`, `www.${npub}.nostr`],
    ['nostr-dns:alice.nostr', 'alice.nostr'],
    ['nostr-dns:bob._at.example.com.nostr', 'bob._at.example.com.nostr'],
    [`nostr-dns:${key}`, key],
    [`nostr-dns:www.${key}.pkarr`, `www.${key}.pkarr`],
  ])('%s', (text, name) => {
    expect(readLink(text)).toEqual({ ok: true, value: { name } })
  })
})

describe('refused', () => {
  test.each([
    ['nothing', 'nostr-dns:', 'link.malformed'],
    ['only slashes', 'nostr-dns://', 'link.malformed'],
    ['another scheme', `https://${npub}.nostr`, 'link.malformed'],
    ['an empty label', 'nostr-dns:a..nostr', 'link.malformed'],
    ['a long label', `nostr-dns:${'a'.repeat(64)}.nostr`, 'link.malformed'],
    ['a long name', `nostr-dns:${'a.'.repeat(130)}nostr`, 'link.malformed'],
    ['another path', `nostr-dns://${npub}.nostr/delete`, 'link.malformed'],
    ['a question', `nostr-dns://${npub}.nostr/details?x=1`, 'link.malformed'],
    ['a fragment', `nostr-dns:${npub}.nostr#x`, 'link.malformed'],
    ['credentials', `nostr-dns://me@${npub}.nostr`, 'link.malformed'],
    ['a port', `nostr-dns://${npub}.nostr:443`, 'link.malformed'],
    ['percent signs', 'nostr-dns:%6esec1xyz.nostr', 'link.malformed'],
    ['two lines', `nostr-dns:${npub}.nostr\n--hidden`, 'link.malformed'],
    ['blanks', `nostr-dns: ${npub}.nostr`, 'link.malformed'],
    ['a kelvin sign for a k', 'nostr-dns:\u212Aalice.nostr', 'link.malformed'],
    ['a long s', 'nostr-dns:ali\u017Fe.nostr', 'link.malformed'],
    ['Cyrillic letters', 'nostr-dns:\u0430lice.nostr', 'link.malformed'],
    ['what turns the direction of text', 'nostr-dns:\u202Ealice.nostr', 'link.malformed'],
    ['a dot that is none', `nostr-dns:www\u3002${npub}.nostr`, 'link.malformed'],
    ['a secret key with a long s', `nostr-dns:n\u017Fec1${'q'.repeat(58)}.nostr`, 'link.secret'],
    ['switches', 'nostr-dns:--data-dir=/tmp', 'link.malformed'],
    ['a name of the public DNS', 'nostr-dns:example.com', 'link.foreign'],
    ['the bare suffix', 'nostr-dns:nostr', 'link.foreign'],
    ['the local network', 'nostr-dns:printer.local', 'link.foreign'],
    ['a secret key', `nostr-dns:${secret}.nostr`, 'link.secret'],
    ['a secret key as host', `nostr-dns:${secret.toUpperCase()}.${npub}.nostr`, 'link.secret'],
    ['a sealed secret key', 'nostr-dns:ncryptsec1qqqqqq', 'link.secret'],
    ['a secret key in the path', `nostr-dns://${npub}.nostr/${secret}`, 'link.secret'],
  ])('%s', (_title, text, code) => {
    const read = readLink(text)
    expect(read).toMatchObject({ ok: false, error: { code } })
    expect(JSON.stringify(read)).not.toMatch(/q{8}/u)
  })
})

test.each([
  [['--hidden', 'nostr-dns:a.nostr'], 'nostr-dns:a.nostr'],
  [['NOSTR-DNS:a.nostr', '--allow-file-access'], 'NOSTR-DNS:a.nostr'],
  [['nostr-dns:a.nostr', 'nostr-dns:b.nostr'], 'nostr-dns:b.nostr'],
  [['--relay', 'ws://a', 'nostr-dnsx'], undefined],
  [[], undefined],
])('%j', (argv, link) => {
  expect(linkIn(argv)).toBe(link)
})
