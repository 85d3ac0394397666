import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finalizeEvent, generateSecretKey, getPublicKey } from 'nostr-tools/pure'
import { nsecEncode } from 'nostr-tools/nip19'
import WebSocket from 'ws'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CallArgument, CallName } from '../../src-preload/contract/calls.ts'
import type { Delta, Snapshot } from '../../src-preload/contract/model.ts'
import type { Replies } from '../../src-preload/contract/replies.ts'
import { localClient } from './local-client.ts'
import { queryUdp } from './query-udp.ts'
import type { Message } from '../dns/wire/message.ts'
import { rcodes } from '../dns/wire/message.ts'
import { formatRdata } from '../dns/wire/rdata-text.ts'
import { startEngine, type Engine, type EngineOptions } from './engine.ts'
import { startTestRelay, testEnv, type TestRelay } from './testing/test-relay.ts'

let folder: string
const relays: TestRelay[] = []
const engines: Engine[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nostr-dns-engine-'))
})

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.stop()))
  await Promise.all(relays.splice(0).map((relay) => relay.stop()))
  await rm(folder, { recursive: true, force: true })
})

async function twoRelays(): Promise<readonly string[]> {
  relays.push(await startTestRelay(), await startTestRelay())
  return relays.map((relay) => relay.url)
}

interface Running {
  readonly engine: Engine
  readonly port: number
  call<C extends CallName>(name: C, argument: CallArgument<C>): Promise<Replies[C]>
}

async function start(name: string, more: Partial<EngineOptions> = {}): Promise<Running> {
  const engine = await startEngine(testEnv, {
    dataDir: join(folder, name),
    version: 'test',
    serve: true,
    ports: { proxy: 0, split: 0, doh: 0 },
    embeddedRelay: false,
    plainKeys: true,
    relays: [],
    ...more,
  })
  engines.push(engine)
  const client = localClient(engine)
  const port = engine.snapshot().resolver.listeners.find(({ id }) => id === 'proxy')?.port ?? 0
  return {
    engine,
    port,
    async call(callName, argument) {
      const reply = await client.call(callName, argument)
      if (!reply.ok) throw new Error(`${reply.error.code}: ${reply.error.message}`)
      return reply.value
    },
  }
}

function addressesIn(message: Message): readonly string[] {
  return message.answers.map((record) => formatRdata(record.rdata))
}

/** Resolves with the first delta for which `test` gives a value. */
function nextState<T>(engine: Engine, test: (state: Snapshot) => T | undefined): Promise<T> {
  return new Promise((resolve) => {
    const check = (): void => {
      const found = test(engine.snapshot())
      if (found === undefined) return
      release()
      resolve(found)
    }
    const release = engine.rpc.onDelta((_delta: Delta) => check())
    check()
  })
}

describe('the engine', () => {
  it('resolves on one computer what was published on another, and shows why', async () => {
    const urls = await twoRelays()
    const owner = await start('owner', { relays: urls })
    const visitor = await start('visitor', { relays: urls })
    const { npub } = await owner.call('keys.create', { label: 'me' })
    const report = await owner.call('publish.address', { addresses: ['203.0.113.10'] })
    expect(report.state).toBe('published')

    const answer = await queryUdp(visitor.port, `${npub}.nostr`, 'A')
    expect(addressesIn(answer)).toEqual(['203.0.113.10'])
    const row = await nextState(visitor.engine, ({ names }) => names[0])
    expect(row).toMatchObject({
      npub,
      state: 'ok',
      format: 'canonical',
      eventIds: [report.copies.find(({ format }) => format === 'canonical')?.eventId],
    })
    expect([...row.relays].toSorted()).toEqual(
      urls.map((url) => url.replace(/\/$/u, '')).toSorted(),
    )
    const explained = await visitor.call('names.resolve', { name: `${npub}.nostr`, type: 'A' })
    expect(explained.steps[0]).toMatchObject({ system: 'nostr', signer: npub })
  })

  it('says NXDOMAIN when two relays deny, SERVFAIL with the reason when none can be asked', async () => {
    const urls = await twoRelays()
    const online = await start('online', { relays: urls })
    const offline = await start('offline', { relays: ['ws://127.0.0.1:9'] })
    const { npub } = await online.call('keys.create', { label: 'nobody' })
    await offline.call('names.resolve', { name: `${npub}.nostr`, type: 'A' })
    const { names } = await offline.call('state.snapshot', {})
    expect(names, 'looked up by a person').toMatchObject([{ npub, state: 'failed', asked: 1 }])
    expect((await queryUdp(online.port, `${npub}.nostr`, 'A')).rcode).toBe(rcodes.NXDOMAIN)
    const failed = await queryUdp(offline.port, `${npub}.nostr`, 'A')
    expect(failed.rcode).toBe(rcodes.SERVFAIL)
    const explained = await offline.call('names.resolve', { name: `${npub}.nostr`, type: 'A' })
    expect(explained).toMatchObject({ rcode: 'SERVFAIL', ede: { code: 22 } })
  })

  it('stops answering managed names when switched off, and remembers that', async () => {
    const urls = await twoRelays()
    const first = await start('one', { relays: urls })
    const { npub } = await first.call('keys.create', { label: 'me' })
    await first.call('publish.address', { addresses: ['203.0.113.1'] })
    const ask = async (port: number): Promise<number> =>
      (await queryUdp(port, `${npub}.nostr`, 'A')).rcode
    expect(await ask(first.port)).toBe(rcodes.NOERROR)
    await first.call('resolver.setEnabled', { enabled: false })
    expect(await ask(first.port)).toBe(rcodes.REFUSED)
    await first.engine.stop()
    const second = await start('one', { relays: urls })
    expect(second.engine.snapshot().resolver.enabled).toBe(false)
    expect(await ask(second.port)).toBe(rcodes.REFUSED)
    await second.call('resolver.setEnabled', { enabled: true })
    expect(await ask(second.port)).toBe(rcodes.NOERROR)
  })

  it('keeps names, keys, petnames and hosts over a restart, and answers known names offline', async () => {
    const urls = await twoRelays()
    const owner = await start('owner', { relays: urls })
    const { npub } = await owner.call('keys.create', { label: 'me' })
    await owner.call('publish.address', { addresses: ['203.0.113.2'] })
    const visitor = await start('visitor', { relays: urls })
    await visitor.call('petnames.set', { label: 'friend', npub })
    const answer = await queryUdp(visitor.port, 'friend.nostr', 'A')
    expect(addressesIn(answer)).toEqual([`${npub}.nostr.`, '203.0.113.2'])
    await visitor.engine.stop()
    await owner.engine.stop()
    await Promise.all(relays.splice(0).map((relay) => relay.stop()))

    const again = await start('visitor', { relays: urls })
    expect(again.engine.snapshot().names.map((row) => row.name)).toContain(`${npub}.nostr`)
    expect(addressesIn(await queryUdp(again.port, 'friend.nostr', 'A'))).toContain('203.0.113.2')
    const ownerAgain = await start('owner', { relays: urls })
    expect(ownerAgain.engine.snapshot()).toMatchObject({
      keys: { identities: [{ npub, label: 'me', isDefault: true }] },
      publish: { hosts: [{ host: '@', records: [{ type: 'A', rdata: '203.0.113.2' }] }] },
    })
  })

  it('resolves the untagged kind 30000 of the proof of concept', async () => {
    const urls = await twoRelays()
    const visitor = await start('visitor', { relays: urls })
    const secret = generateSecretKey()
    const event = finalizeEvent(
      {
        kind: 30000,
        created_at: Math.floor(Date.now() / 1000),
        tags: [],
        content: '{"ip": "203.0.113.30"}',
      },
      secret,
    )
    for (const url of urls) await send(url, event)
    const { npubEncode } = await import('nostr-tools/nip19')
    const npub = npubEncode(getPublicKey(secret))
    expect(addressesIn(await queryUdp(visitor.port, `${npub}.nostr`, 'A'))).toEqual([
      '203.0.113.30',
    ])
  })

  it("leaves a user's NIP-51 list in the slot of a copy untouched, and says so", async () => {
    const urls = await twoRelays()
    const secret = generateSecretKey()
    const list = finalizeEvent(
      {
        kind: 30000,
        created_at: Math.floor(Date.now() / 1000) - 100,
        tags: [['p', getPublicKey(generateSecretKey())]],
        content: '',
      },
      secret,
    )
    for (const url of urls) await send(url, list)
    const owner = await start('owner', { relays: urls })
    await owner.call('keys.import', { text: nsecEncode(secret), label: 'me' })
    const report = await owner.call('publish.address', { addresses: ['203.0.113.4'] })
    const copy = report.copies.find(({ format }) => format === 'poc-30000')
    expect(copy?.state).toBe('guarded')
    expect(copy?.problem?.message).toMatch(/list/iu)
    expect(
      await first(urls[0] ?? '', { authors: [list.pubkey], kinds: [30000], limit: 1 }),
    ).toEqual(expect.objectContaining({ id: list.id }))
    expect(report.state).toBe('published')
  })

  it('starts with a busy embedded relay port, and says so in its health', async () => {
    const blocker = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => blocker.once('listening', resolve))
    const { port } = blocker.address() as AddressInfo
    await start('first', { embeddedRelay: false })
    const one = await start('one')
    await one.call('settings.update', {
      relays: { embedded: { enabled: true, port, lan: false } },
    })
    await one.engine.stop()
    const two = await start('one', { embeddedRelay: true })
    expect(two.engine.snapshot().health.map((item) => item.code)).toContain('relay.port-in-use')
    blocker.close()
  })

  it('says when no upstream resolver answers', async () => {
    // Port 9 (discard) on loopback: nobody listens.
    const { engine, port } = await start('one', { upstreams: ['127.0.0.1:9'] })
    const names = ['a.example.com', 'b.example.com', 'c.example.com']
    await Promise.all(names.map((name) => queryUdp(port, name, 'A')))
    const item = await nextState(engine, ({ health }) =>
      health.find(({ code }) => code === 'dns.upstreams-failing'),
    )
    expect(item.severity).toBe('warning')
  })

  it('refuses a second engine for the same folder', async () => {
    await start('same')
    await expect(start('same')).rejects.toMatchObject({ problem: { code: 'store.locked' } })
  })

  it('refuses unknown and bad settings by name, changing nothing', async () => {
    const { call, engine } = await start('one')
    await expect(
      call('settings.update', { ui: { colour: 'red' } } as CallArgument<'settings.update'>),
    ).rejects.toThrow(/colour/)
    await expect(call('settings.update', { resolver: { proxyPort: 0 } })).rejects.toThrow(
      /proxyPort/,
    )
    expect(engine.snapshot().settings.resolver.proxyPort).toBe(0)
    const text = await readFile(join(folder, 'one', 'settings.json'), 'utf8').catch(() => '')
    expect(text).not.toContain('colour')
  })

  it('sets a damaged settings file aside and starts with defaults', async () => {
    const first = await start('one')
    await first.call('settings.update', { ui: { theme: 'dark' } })
    await first.engine.stop()
    await writeFile(join(folder, 'one', 'settings.json'), '{"version":1,"ui":{"theme":"pink"}}')
    const second = await start('one')
    const { settings, health } = second.engine.snapshot()
    expect(settings.ui.theme).toBe('system')
    expect(health.some((item) => item.code.startsWith('settings.'))).toBe(true)
  })
})

async function send(url: string, event: unknown): Promise<void> {
  await converse(url, ['EVENT', event], (message) => (message[0] === 'OK' ? true : undefined))
}

function first(url: string, filter: object): Promise<unknown> {
  return converse(url, ['REQ', 'x', filter], (message) =>
    message[0] === 'EVENT' ? message[2] : message[0] === 'EOSE' ? null : undefined,
  )
}

function converse<T>(
  url: string,
  message: readonly unknown[],
  read: (message: readonly unknown[]) => T | undefined,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url)
    socket.on('open', () => socket.send(JSON.stringify(message)))
    socket.on('error', reject)
    socket.on('message', (data: Buffer) => {
      const value = read(JSON.parse(data.toString()) as unknown[])
      if (value === undefined) return
      resolve(value)
      socket.terminate()
    })
  })
}
