import { expect, test } from 'vitest'
import type { CallArgument } from '../../src-preload/contract/calls.ts'
import type { CertificateEntry, NameEntry } from '../../src-preload/contract/model.ts'
import type { Reply } from '../../src-preload/contract/replies.ts'
import { createNostrVerdicts } from './nostr-verdicts.ts'
import { snapshotOf } from './testing/fake-engine.ts'

type Question = CallArgument<'nostrWindow.judge'>
type Answer = Reply<'nostrWindow.judge'>

const npub = 'npub10xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqpkge6d'
const domain = `${npub}.nostr`
const address = { url: `https://${domain}/`, domain, port: 443 }
const allowed: Answer = { ok: true, value: { allowed: true } }
const refused: Answer = { ok: true, value: { allowed: false, html: '<p>no</p>' } }
const away: Answer = { ok: false, error: { code: 'engine.not-running', message: 'Not <running>.' } }

/** Verdicts of an engine that gives these answers in turn. */
function verdictsOf(...answers: readonly Answer[]) {
  const asked: Question[] = []
  const left = [...answers]
  const engine = {
    call: (_name: string, argument: unknown) => {
      asked.push(argument as Question)
      return Promise.resolve((left.shift() ?? away) as Reply<never>)
    },
  }
  return { verdicts: createNostrVerdicts(engine), asked }
}

test('what the engine allows is accepted, by host in lower case', async () => {
  const { verdicts, asked } = verdictsOf(allowed)
  expect(await verdicts.judge(domain.toUpperCase(), 8443, 'AA==')).toBe(true)
  expect(asked).toEqual([{ domain, port: 8443, der: 'AA==' }])
  expect(verdicts.isClean()).toBe(true)
})

test('what it refuses is refused, explained without asking again, and taints the session', async () => {
  const { verdicts, asked } = verdictsOf(refused)
  expect(await verdicts.judge(domain, 443, 'AA==')).toBe(false)
  expect(verdicts.isClean()).toBe(false)
  expect(await verdicts.explain(address)).toBe('<p>no</p>')
  expect(asked).toHaveLength(1)
})

test('without an engine nothing is accepted, and the page says why', async () => {
  const { verdicts } = verdictsOf(away)
  expect(await verdicts.judge(domain, 443, 'AA==')).toBe(false)
  const page = await verdicts.explain(address)
  expect(page).toContain(domain)
  expect(page).toContain('Not &#60;running&#62;.')
})

test('a connection that never came about is explained by the engine', async () => {
  const { verdicts, asked } = verdictsOf(refused)
  expect(await verdicts.explain(address)).toBe('<p>no</p>')
  expect(asked).toEqual([{ domain, port: 443 }])
  expect(verdicts.isClean()).toBe(false)
})

test.each([
  ['all stand', [allowed, allowed], true],
  ['one was taken back', [allowed, refused], false],
  ['the engine is away', [allowed, away], false],
])('asked again: %s', async (_title, answers, stands) => {
  const { verdicts } = verdictsOf(allowed, allowed, ...answers)
  await verdicts.judge(domain, 443, 'AA==')
  await verdicts.judge(`www.${domain}`, 443, 'AA==')
  expect(await verdicts.stillStand()).toBe(stands)
})

test('evidence changes with what is known of accepted hosts, and with nothing else', async () => {
  const { verdicts } = verdictsOf(allowed)
  const certificate = (host: string, state: CertificateEntry['state']): CertificateEntry => ({
    id: `${host}:443`,
    domain: host,
    port: 443,
    npub,
    state,
    pins: [],
    firstSeenMs: 0,
    lastCheckedMs: 0,
    history: [],
  })
  const name = (owner: string, eventId: string): NameEntry => ({
    id: owner,
    name: `${owner}.nostr`,
    hosts: [],
    npub: owner,
    isOwn: false,
    state: 'ok',
    records: [],
    eventIds: [eventId],
    relays: [],
    lastAskedMs: 0,
    asked: 1,
    notes: [],
  })
  await verdicts.judge(domain, 443, 'AA==')
  const before = verdicts.evidence(snapshotOf())
  const of = (changes: Parameters<typeof snapshotOf>[0]) => verdicts.evidence(snapshotOf(changes))
  expect(of({ seq: 9, certificates: [certificate('other.nostr', 'match')] })).toBe(before)
  expect(of({ names: [name('npub1other', 'e')] })).toBe(before)
  const matching = of({ certificates: [certificate(domain, 'match')] })
  expect(matching).not.toBe(before)
  expect(of({ certificates: [certificate(domain, 'mismatch')] })).not.toBe(matching)
  const first = of({ names: [name(npub, 'e1')] })
  expect(first).not.toBe(before)
  expect(of({ names: [name(npub, 'e2')] })).not.toBe(first)
})
