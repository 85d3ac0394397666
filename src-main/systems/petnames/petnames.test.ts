import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createHealth } from '../../env/health.ts'
import { encodeNpub } from '../../names/npub.ts'
import { parseName } from '../../names/parse-name.ts'
import { createManualClock, testEnv } from '../../relays/testing/manual-clock.ts'
import { testAuthor, testNow } from '../../relays/testing/signed-events.ts'
import { createPetnameSystem } from './petname-system.ts'
import { createPetnameTable } from './petname-table.ts'

const alice = testAuthor('alice').pubkey
const bob = testAuthor('bob').pubkey
const env = testEnv(createManualClock())

async function setUp() {
  const directory = await mkdtemp(join(tmpdir(), 'nostr-dns-petnames-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const path = join(directory, 'petnames.json')
  const health = createHealth(env.clock.nowMs)
  const open = async () => {
    const table = createPetnameTable(env, { path, health })
    await table.start()
    onTestFinished(() => table.stop())
    return table
  }
  return { path, health, open, table: await open() }
}

describe('the table', () => {
  test('keeps what was confirmed', async () => {
    const { open, table } = await setUp()
    expect(await table.set('alice', alice)).toMatchObject({ ok: true })
    expect(await table.set('Bob.NOSTR', bob)).toMatchObject({ ok: true })
    expect(await table.set('__proto__', bob)).toMatchObject({ ok: true })
    const entries = [
      { label: '__proto__', owner: bob },
      { label: 'alice', owner: alice },
      { label: 'bob', owner: bob },
    ]
    expect(table.list()).toEqual(entries)
    expect((await open()).list()).toEqual(entries)
  })

  test('replaces and removes', async () => {
    const { table } = await setUp()
    await table.set('alice', alice)
    await table.set('alice', bob)
    expect(table.find('alice')).toBe(bob)
    expect(await table.remove('alice')).toMatchObject({ ok: true })
    expect(table.find('alice')).toBeUndefined()
    expect(await table.remove('alice')).toMatchObject({ error: { code: 'petnames.unknown' } })
  })

  test.each([
    'a.b',
    '',
    'a b',
    'ä',
    'x'.repeat(64),
    encodeNpub(alice),
    'a'.repeat(52).replace(/a/gu, '0'),
    'constructor.x',
  ])('refuses %j', async (label) => {
    const { table } = await setUp()
    expect(await table.set(label, alice)).toMatchObject({ error: { code: 'petnames.bad-label' } })
    expect(table.list()).toEqual([])
  })

  test('does not repeat a secret key', async () => {
    const { table } = await setUp()
    const secret = `nsec1${'q'.repeat(58)}`
    const result = await table.set(secret, alice)
    expect(JSON.stringify(result)).not.toContain('nsec1q')
  })

  test('a damaged file is kept aside and reported', async () => {
    const { path, health, open } = await setUp()
    await writeFile(path, '{"version":1,"petnames":[{"label":1}]}')
    expect((await open()).list()).toEqual([])
    expect(health.list()).toMatchObject([{ code: 'petnames.bad-file' }])
    const { message = '', hint = '' } = health.list()[0] ?? {}
    expect(message).toContain('petnames')
    const aside = /(\S+\.bad-\S+?)\.?\s/u.exec(`${hint} `)?.[1] ?? ''
    expect(await readFile(aside, 'utf8')).toContain('"label":1')
  })
})

describe('names', () => {
  const signal = new AbortController().signal

  test('an alias to the npub, marked as the user’s own', async () => {
    const { table } = await setUp()
    await table.set('alice', alice)
    const system = createPetnameSystem(env, table)
    const answer = await system.lookup(parseName('alice.nostr'), 'alice.nostr', 'A', signal)
    expect(answer).toMatchObject({
      kind: 'alias',
      target: `${encodeNpub(alice)}.nostr`,
      rrset: [{ name: 'alice.nostr', ttl: 60, rdata: { type: 'CNAME' } }],
      provenance: { owner: 'petname:alice', verifiedBy: 'set by you' },
    })
  })

  test('an unknown word does not exist', async () => {
    const { table } = await setUp()
    const system = createPetnameSystem(env, table)
    const answer = await system.lookup(parseName('eve.nostr'), 'eve.nostr', 'A', signal)
    expect(answer).toMatchObject({
      kind: 'nxdomain',
      validUntil: testNow + 60,
      soa: { name: 'nostr' },
    })
  })

  test('caches hear of each change', async () => {
    const { table } = await setUp()
    const system = createPetnameSystem(env, table)
    const told: string[] = []
    system.onChange((owner) => told.push(owner))
    await table.set('alice', alice)
    await table.set('bob', bob)
    await table.set('bob', bob)
    await table.remove('alice')
    expect(told).toEqual(['petname:alice', 'petname:bob', 'petname:alice'])
  })
})
