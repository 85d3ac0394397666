import { expect, test } from 'vitest'
import { domain, owner } from '../terminator/testing/test-names.ts'
import { createTargetReader, readConnectTarget } from './connect-target.ts'

const hex = `${owner.slice(0, 32)}.${owner.slice(32)}.nostr`

test.each([
  [`${domain}:443`, domain, '@'],
  [`${domain.toUpperCase()}:443`, domain, '@'],
  [`www.${domain}:443`, `www.${domain}`, 'www'],
  [`a.b.${domain}:443`, `a.b.${domain}`, 'a.b'],
  [`${hex}:443`, hex, '@'],
])('serves %s', (text, wanted, host) => {
  expect(readConnectTarget(text, [443])).toMatchObject({
    ok: true,
    target: { domain: wanted, port: 443, name: { kind: 'nostr', owner, host } },
  })
})

test.each([
  ['example.com:443'],
  ['127.0.0.1:443'],
  ['[::1]:443'],
  ['localhost:443'],
  [domain],
  [`${domain}:80`],
  [`${domain}:4443`],
  [`${domain}.:443`],
  [`*.${domain}:443`],
  [`${domain.replace('e6d.', 'e6e.')}:443`],
  ['alice.nostr:443'],
  ['nostr:443'],
  [`x@${domain}:443`],
  [`\u212A.${domain}:443`],
  [`${domain}:443:443`],
  [''],
])('refuses %s', (text) => {
  expect(readConnectTarget(text, [443])).toMatchObject({ ok: false })
})

test('serves other ports when told so, and remembers what it read', () => {
  const read = createTargetReader([443, 4443])
  const first = read(`${domain}:4443`)
  expect(first).toMatchObject({ ok: true, target: { port: 4443 } })
  expect(read(`${domain}:4443`)).toBe(first)
  for (let index = 0; index < 300; index += 1) read(`h${index}.${domain}:443`)
  expect(read(`${domain}:4443`)).toEqual(first)
})
