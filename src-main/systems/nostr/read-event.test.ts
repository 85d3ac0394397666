import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { createVerifier } from '../../relays/verify.ts'
import { encodeNpub } from '../../names/npub.ts'
import { readEvent } from './read-event.ts'

interface Fixture {
  readonly fmt: string
  readonly expect: string
  readonly note: string
  readonly npub: string
  readonly event: { readonly pubkey: string }
}

/** The moment the fixtures were made for. */
const now = 1780003600
const fixtures = readFileSync(new URL('./fixtures/nostr-dns-events.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Fixture)

describe('fixture events get the verdict they were made for', () => {
  const verifier = createVerifier()
  afterAll(() => verifier.stop())

  test('all 69 are there', () => expect(fixtures).toHaveLength(69))

  test.each(fixtures)('$fmt: $note', async (fixture) => {
    const event = await verifier.verify(fixture.event)
    const verdict = event === undefined ? 'reject' : readEvent(event, now).verdict
    expect(verdict).toBe(fixture.expect)
  })

  test('the keys of the fixtures encode to their npubs', () => {
    // The event "signature by another key" names the key it pretends to be from.
    for (const { npub, event } of fixtures.slice(0, 67)) expect(encodeNpub(event.pubkey)).toBe(npub)
  })
})
