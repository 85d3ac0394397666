import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createHealth } from '../../env/health.ts'
import { type Result, fail, ok } from '../../env/errors.ts'
import { encodeNpub } from '../../names/npub.ts'
import { parseName } from '../../names/parse-name.ts'
import { createManualClock, testEnv } from '../../relays/testing/manual-clock.ts'
import { testAuthor, testNow } from '../../relays/testing/signed-events.ts'
import { tempStore } from '../../relays/testing/temp-store.ts'
import type { Resolution } from '../name-system.ts'
import { createFakeRelays } from '../testing/fake-relays.ts'
import type { HttpsReply } from './https-get.ts'
import { createKeyPins } from './key-pins.ts'
import { createNip05System } from './nip05-system.ts'
import { profileNames, readWellKnown } from './well-known.ts'

const bob = testAuthor('bob')
const mallory = testAuthor('mallory')
const bobName = 'bob._at.example.com.nostr'

async function setUp() {
  const directory = await mkdtemp(join(tmpdir(), 'nostr-dns-nip05-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const clock = createManualClock()
  const env = testEnv(clock)
  const relays = createFakeRelays(await tempStore(env))
  const health = createHealth(clock.nowMs)
  const web = {
    urls: [] as string[],
    reply: ok({ status: 200, body: '' }) as Result<HttpsReply>,
    /** While set, requests hang until they are aborted. */
    hangs: false,
  }
  const vouch = (local: string, pubkey: string, urls: string[] = []): void => {
    const body = JSON.stringify({ names: { [local]: pubkey }, relays: { [pubkey]: urls } })
    web.reply = ok({ status: 200, body })
  }
  const profile = (author: typeof bob, nip05: string): void => {
    relays.events.push(author.sign({ kind: 0, content: JSON.stringify({ nip05 }) }))
  }
  const hints: unknown[] = []
  const switches = { isEnabled: true }
  const make = () =>
    createNip05System(env, {
      get: async (url, signal) => {
        web.urls.push(url.href)
        if (!web.hangs) return web.reply
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        return fail('nip05.unreachable', 'aborted')
      },
      relays,
      pins: createKeyPins(env, { path: join(directory, 'pins.json'), health }),
      health,
      isEnabled: () => switches.isEnabled,
      addHints: (owner, urls) => hints.push([owner, urls]),
    })
  let system = make()
  await system.start()
  onTestFinished(() => system.stop())
  return {
    clock,
    relays,
    health,
    web,
    vouch,
    profile,
    hints,
    switches,
    pinsOnDisk: () => readFile(join(directory, 'pins.json'), 'utf8'),
    system: () => system,
    async restart() {
      await system.stop()
      system = make()
      await system.start()
    },
    ask: (qname = bobName): Promise<Resolution> =>
      system.lookup(parseName(qname), qname, 'A', new AbortController().signal),
  }
}

const aliasOf = (pubkey: string) => ({ kind: 'alias', target: `${encodeNpub(pubkey)}.nostr` })

describe('names a domain vouches for', () => {
  test('are an alias to the npub, with the key pinned on disk', async () => {
    const t = await setUp()
    t.vouch('bob', bob.pubkey, ['wss://relay.example.com', 'http://no', 'ws://no'])
    t.profile(bob, 'Bob@Example.com')
    expect(await t.ask()).toMatchObject({
      ...aliasOf(bob.pubkey),
      validUntil: testNow + 300,
      rrset: [{ name: bobName, ttl: 300, rdata: { type: 'CNAME' } }],
      provenance: {
        system: 'nip05',
        owner: 'nip05:bob@example.com',
        signer: encodeNpub(bob.pubkey),
        verifiedBy: 'vouched by example.com',
      },
    })
    expect(t.web.urls).toEqual(['https://example.com/.well-known/nostr.json?name=bob'])
    expect(t.hints).toEqual([[bob.pubkey, ['wss://relay.example.com']]])
    expect(await t.pinsOnDisk()).toContain(bob.pubkey)
  })

  test('the domain alone stands for its _ user', async () => {
    const t = await setUp()
    t.vouch('_', bob.pubkey)
    t.profile(bob, '_@example.com')
    expect(await t.ask('example.com.nostr')).toMatchObject(aliasOf(bob.pubkey))
    expect(t.web.urls).toEqual(['https://example.com/.well-known/nostr.json?name=_'])
  })

  test('are asked for once in five minutes, and once at a time', async () => {
    const t = await setUp()
    t.vouch('bob', bob.pubkey)
    t.profile(bob, 'bob@example.com')
    await Promise.all([t.ask(), t.ask()])
    t.clock.advance(299_000)
    await t.ask()
    expect(t.web.urls).toHaveLength(1)
    t.clock.advance(2_000)
    await t.ask()
    expect(t.web.urls).toHaveLength(2)
  })

  test('do not exist while switched off, and nothing is fetched', async () => {
    const t = await setUp()
    t.switches.isEnabled = false
    expect(await t.ask()).toMatchObject({
      kind: 'nxdomain',
      soa: { name: 'nostr' },
      ede: { code: 21, text: expect.stringContaining('switched off') as string },
    })
    expect(t.web.urls).toEqual([])
  })

  test.each<[string, Result<HttpsReply>, string, number?]>([
    ['not in the document', ok({ status: 200, body: '{"names":{}}' }), 'nxdomain'],
    ['no document', ok({ status: 404, body: '' }), 'nxdomain'],
    ['redirect', ok({ status: 301, body: '' }), 'failure', 23],
    ['server error', ok({ status: 500, body: '' }), 'failure', 23],
    ['no answer', fail('nip05.unreachable', 'refused'), 'failure', 23],
    ['not JSON', ok({ status: 200, body: '<html>' }), 'failure', 24],
    ['an npub', ok({ status: 200, body: '{"names":{"bob":"npub1x"}}' }), 'failure', 24],
    [
      'an upper-case key',
      ok({ status: 200, body: JSON.stringify({ names: { bob: bob.pubkey.toUpperCase() } }) }),
      'failure',
      24,
    ],
    [
      'a key not on the curve',
      ok({ status: 200, body: JSON.stringify({ names: { bob: 'f'.repeat(64) } }) }),
      'failure',
      24,
    ],
  ])('%s', async (_title, reply, kind, code) => {
    const t = await setUp()
    t.web.reply = reply
    const answer = await t.ask()
    expect([answer.kind, answer.ede?.code]).toEqual([kind, code])
  })

  test('a slow domain costs three seconds', async () => {
    const t = await setUp()
    t.web.hangs = true
    const answer = t.ask()
    await new Promise<void>((resolve) => setImmediate(resolve))
    t.clock.advance(3_000)
    expect(await answer).toMatchObject({ kind: 'failure', ede: { code: 23 } })
  })

  test.each<[string, (t: Awaited<ReturnType<typeof setUp>>) => void, number]>([
    ['no profile', () => undefined, 22],
    ['another identifier in the profile', (t) => t.profile(bob, 'eve@example.com'), 24],
    ['the profile of another key', (t) => t.profile(mallory, 'bob@example.com'), 22],
  ])('a claim its key does not confirm is not believed: %s', async (_title, prepare, code) => {
    const t = await setUp()
    t.vouch('bob', bob.pubkey)
    prepare(t)
    expect(await t.ask()).toMatchObject({ kind: 'failure', ede: { code } })
    await expect(t.pinsOnDisk()).rejects.toThrow('ENOENT')
  })
})

describe('a changed key', () => {
  const changed = async () => {
    const t = await setUp()
    t.vouch('bob', bob.pubkey)
    t.profile(bob, 'bob@example.com')
    t.profile(mallory, 'bob@example.com')
    await t.ask()
    t.vouch('bob', mallory.pubkey)
    t.clock.advance(301_000)
    return t
  }

  test('is not answered but reported, also after a restart', async () => {
    const t = await changed()
    await t.restart()
    expect(await t.ask()).toMatchObject({ kind: 'failure', ede: { code: 15 } })
    expect(t.system().changes()).toEqual([
      { identifier: 'bob@example.com', knownKey: bob.pubkey, newKey: mallory.pubkey },
    ])
    expect(t.health.list()).toMatchObject([{ code: 'nip05.key-changed', severity: 'warning' }])
  })

  test('is answered once the user accepts it', async () => {
    const t = await changed()
    await t.ask()
    const told: string[] = []
    t.system().onChange((key) => told.push(key))
    expect(await t.system().acceptChange('bob@example.com')).toMatchObject({ ok: true })
    expect(told).toEqual(['nip05:bob@example.com'])
    expect(await t.ask()).toMatchObject(aliasOf(mallory.pubkey))
    expect(t.health.list()).toEqual([])
    expect(t.system().changes()).toEqual([])
  })

  test('is forgotten when the domain goes back', async () => {
    const t = await changed()
    await t.ask()
    t.vouch('bob', bob.pubkey)
    t.clock.advance(6_000)
    expect(await t.ask()).toMatchObject(aliasOf(bob.pubkey))
    expect(t.health.list()).toEqual([])
    expect(await t.system().acceptChange('bob@example.com')).toMatchObject({
      error: { code: 'nip05.no-change' },
    })
  })
})

describe('documents', () => {
  const key = bob.pubkey
  test.each<[string, string, string]>([
    ['inherited names', '{"names":{"__proto__":{"bob":"x"}}}', 'unknown'],
    ['names is a list', '{"names":[]}', 'unknown'],
    ['names is a text', '{"names":"bob"}', 'malformed'],
    ['no names', '{}', 'malformed'],
    ['null', 'null', 'malformed'],
    ['key', `{"names":{"bob":"${key}"}}`, 'voucher'],
    ['relays is odd', `{"names":{"bob":"${key}"},"relays":{"${key}":{"0":1}}}`, 'voucher'],
  ])('%s', (_title, text, kind) => {
    expect(readWellKnown(text, 'bob').kind).toBe(kind)
  })

  test('`constructor` is not a user of every domain', () => {
    expect(readWellKnown('{"names":{}}', 'constructor').kind).toBe('unknown')
  })

  test('at most eight relays are taken', () => {
    const relays = Array.from({ length: 20 }, (_, index) => `wss://r${index}.test`)
    const text = JSON.stringify({ names: { bob: key }, relays: { [key]: relays } })
    expect(readWellKnown(text, 'bob')).toMatchObject({
      voucher: { relays: relays.slice(0, 8) },
    })
  })

  test.each([
    ['{"nip05":"BOB@example.com"}', true],
    ['{"nip05":"bob@example.com.evil.test"}', false],
    ['{"nip05":["bob@example.com"]}', false],
    ['{}', false],
    ['not json', false],
  ])('profile %s: %s', (content, expected) => {
    expect(profileNames(content, 'bob@example.com')).toBe(expected)
  })
})
