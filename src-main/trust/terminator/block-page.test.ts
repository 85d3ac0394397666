import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it, test } from 'vitest'
import type { Pin, ServedCertificate } from '../pin-policy.ts'
import type { Block } from './block.ts'
import { blockHeaders, blockPage } from './block-page.ts'
import { pageStyle } from './page-style.ts'
import { timeText } from './time-text.ts'

const hostile = `<img src=x onerror="alert('1')">`
const pin: Pin = {
  kind: 'spki',
  value: 'ab'.repeat(32),
  strength: 'pin',
  format: 'canonical',
  eventId: '12'.repeat(32),
  signedAt: 1_780_000_000,
  validUntil: 1_790_000_000,
}
const served: ServedCertificate = {
  der: '',
  certificateSha256: 'cd'.repeat(32),
  spkiSha256: 'ef'.repeat(32),
  subject: hostile,
  names: [hostile],
  validFrom: 0,
  validTo: 0,
}
const now = 1_780_003_600
const blocks: readonly Block[] = [
  { kind: 'mismatch', expected: [pin], served },
  { kind: 'mismatch', expected: [{ ...pin, kind: 'certificate' }, pin], served: undefined },
  { kind: 'wrong-name', expected: [pin], served },
  { kind: 'expired', expiredAt: 1_770_000_000, eventId: pin.eventId },
  { kind: 'no-certificate', reason: hostile },
  { kind: 'cannot-check', reason: hostile },
  { kind: 'private-address', address: hostile },
  { kind: 'unreachable', reason: hostile },
]

describe.each(blocks)('the page of $kind', (block) => {
  const html = blockPage('www.npub1.nostr', block, now)

  it('runs nothing, loads nothing and lets nothing hostile through', () => {
    expect(html).not.toContain('<img')
    expect(html).not.toMatch(/<script|\son\w+=["']|style=|url\(|https?:/iu)
    expect(html.match(/<style>([^]*?)<\/style>/u)?.[1]).toBe(pageStyle)
  })

  it('says the name, when it was checked, and offers another try', () => {
    expect(html).toContain('www.<wbr>npub1.<wbr>nostr')
    expect(html).toContain('28 May 2026, 21:26:40 UTC')
    expect(html).toContain('<a class="button" href="">Try again</a>')
    expect(html).not.toMatch(/proceed|continue anyway|undefined|NaN/iu)
  })
})

test('a mismatch shows both hashes, the event and when it was signed', () => {
  const html = blockPage('a.nostr', { kind: 'mismatch', expected: [pin], served }, now)
  for (const part of ['ab', 'cd', 'ef'])
    expect(html).toContain(`${part.repeat(4)} ${part.repeat(4)}`)
  expect(html).toContain(pin.eventId)
  expect(html).toContain(timeText(pin.signedAt))
})

test('the policy allows this style and nothing else', () => {
  const hash = createHash('sha256').update(pageStyle).digest('base64')
  expect(blockHeaders['content-security-policy']).toBe(
    `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  )
  expect(Object.keys(blockHeaders)).not.toContain('strict-transport-security')
})

test('the colours and fonts are those of the window', () => {
  const declared = (css: string): Map<string, string> =>
    new Map(
      [...css.matchAll(/(--[\w-]+):\s*([^;]+);/gu)].map(([, name = '', value = '']) => [
        name,
        value.replace(/\s+/gu, ' '),
      ]),
    )
  const window = declared(
    readFileSync(new URL('../../../src-renderer/app/tokens.css', import.meta.url), 'utf8').split(
      '@media',
    )[0] ?? '',
  )
  const ours = declared(pageStyle)
  expect(ours.size).toBeGreaterThan(15)
  for (const [name, value] of ours) expect(`${name}: ${window.get(name)}`).toBe(`${name}: ${value}`)
})

test.each([
  [0, '1 Jan 1970, 00:00:00 UTC'],
  [1_780_003_600, '28 May 2026, 21:26:40 UTC'],
  [Number.POSITIVE_INFINITY, 'unknown'],
  [Number.NaN, 'unknown'],
])('%d is %s', (at, text) => {
  expect(timeText(at)).toBe(text)
})
