import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { rcodes } from '../dns/wire/message.ts'
import { startMockRelay, type MockRelay } from '../systems/pkarr/testing/mock-relay.ts'
import { testKey } from '../systems/pkarr/testing/test-keys.ts'
import { ask, rdatas, record, useCarriers } from './testing/pkarr-bed.ts'
import { startTestEngines, type TestEngine, type TestEngines } from './testing/test-engines.ts'

/** 52 characters of the alphabet, but no point of the curve. */
const nobody = 'yeyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy'

let engines: TestEngines
let relay: MockRelay
let owner: TestEngine

beforeEach(async () => {
  engines = await startTestEngines()
  relay = await startMockRelay()
  owner = await engines.start('owner')
  await useCarriers(owner, [relay.url])
})
afterEach(async () => {
  await engines.stop()
  await relay.stop()
})

const zoneOf = (engine: TestEngine, key: string) =>
  engine.engine.snapshot().pkarr.zones.find((zone) => zone.key === key)

/** A zone of the owner's with an address of a local network. */
async function publishLan(): Promise<string> {
  const { key } = await owner.call('pkarr.create', { label: 'site' })
  await owner.call('pkarr.publish', {
    key,
    records: [record('@', 'A', '203.0.113.1'), record('lan', 'A', '192.168.1.9')],
  })
  return key
}

describe('keys', () => {
  it('that nobody can have are refused before anybody is asked', async () => {
    for (const call of [
      () => owner.call('pkarr.resolve', { key: nobody, policy: 'network-only' }),
      () => owner.call('pkarr.follow', { key: nobody, follow: true }),
      () => owner.call('pkarr.republish', { key: nobody }),
      () => owner.call('pkarr.measure', { key: nobody, records: [] }),
      () => owner.call('names.refresh', { id: 'pkarr:../../elsewhere' }),
    ]) {
      await expect(call()).rejects.toThrow('pkarr.bad-key')
    }
    await expect(
      owner.call('pkarr.resolve', { key: 'a'.repeat(51) + '2', policy: 'cache-first' }),
    ).rejects.toThrow('rpc.bad-argument')
    expect(relay.requests).toEqual([])
    expect(owner.engine.snapshot().settings.pkarr.follow).toEqual([])
    expect(owner.engine.snapshot().pkarr.zones).toEqual([])
  })

  it('followed at the same moment are all followed, and a key no longer followed is not kept', async () => {
    const keys = [21, 22, 23].map((seed) => testKey(seed).key)
    await Promise.all(keys.map((key) => owner.call('pkarr.follow', { key, follow: true })))
    expect(owner.engine.snapshot().settings.pkarr.follow).toEqual(keys)

    const own = await publishLan()
    const visitor = await engines.start('visitor')
    await useCarriers(visitor, [relay.url])
    await visitor.call('pkarr.follow', { key: own, follow: true })
    await visitor.call('pkarr.republish', { key: own })
    expect(zoneOf(visitor, own)).toMatchObject({ isFollowed: true, isOwn: false })
    expect(zoneOf(visitor, own)?.nextRepublishMs).toBeDefined()
    await visitor.call('pkarr.follow', { key: own, follow: false })
    expect(zoneOf(visitor, own)).toMatchObject({ isFollowed: false })
    expect(zoneOf(visitor, own)?.nextRepublishMs).toBeUndefined()
  })

  it('of one’s own may be followed and let go, and stay announced', async () => {
    const key = await publishLan()
    await owner.call('pkarr.follow', { key, follow: true })
    await owner.call('pkarr.follow', { key, follow: false })
    expect(zoneOf(owner, key)?.nextRepublishMs).toBeDefined()
  })
})

describe('settings', () => {
  it('that allow private addresses count at once, both ways', async () => {
    const key = await publishLan()
    const visitor = await engines.start('visitor')
    await useCarriers(visitor, [relay.url])
    const allow = (owners: readonly string[]) =>
      visitor.call('settings.update', { resolver: { privateAddressOwners: owners } })
    expect(rdatas(await ask(visitor, `lan.${key}`))).toEqual([])
    await allow([key])
    expect(rdatas(await ask(visitor, `lan.${key}`))).toEqual(['192.168.1.9'])
    await allow([])
    expect(rdatas(await ask(visitor, `lan.${key}`))).toEqual([])
  })

  it('a key that is removed has private addresses no longer', async () => {
    const key = await publishLan()
    expect(rdatas(await ask(owner, `lan.${key}`))).toEqual(['192.168.1.9'])
    await owner.call('pkarr.remove', { key })
    expect(rdatas(await ask(owner, `lan.${key}`))).toEqual([])
    await owner.call('pkarr.undoRemove', {})
    expect(rdatas(await ask(owner, `lan.${key}`))).toEqual(['192.168.1.9'])
  })

  it('that switch PKARR off count for answers already given', async () => {
    const key = await publishLan()
    expect(rdatas(await ask(owner, key))).toEqual(['203.0.113.1'])
    await owner.call('settings.update', { pkarr: { enabled: false } })
    expect((await ask(owner, key)).rcode).toBe(rcodes.SERVFAIL)
    await expect(owner.call('pkarr.republish', {})).rejects.toThrow('pkarr.off')
    await owner.call('settings.update', { pkarr: { enabled: true } })
    expect(rdatas(await ask(owner, key))).toEqual(['203.0.113.1'])
  })

  it('that take a relay away while it is asked end that look-up, and nothing else', async () => {
    const key = await publishLan()
    const visitor = await engines.start('visitor')
    const silent = await startMockRelay()
    silent.isSilent = true
    try {
      await useCarriers(visitor, [silent.url])
      const lost = visitor.call('pkarr.resolve', { key, policy: 'network-only' }).then(
        () => 'found',
        (error: unknown) => String(error),
      )
      while (silent.requests.length === 0) await new Promise((resolve) => setImmediate(resolve))
      await useCarriers(visitor, [relay.url])
      expect(await lost).toContain('pkarr.unreachable')
      expect(await visitor.call('pkarr.resolve', { key, policy: 'network-only' })).toMatchObject({
        carriers: [relay.url],
      })
      expect(visitor.engine.snapshot().pkarr.carriers.map(({ id }) => id)).toEqual([
        relay.url,
        'dht',
      ])
    } finally {
      await silent.stop()
    }
  })

  it('that add a relay count at once for what nobody had before', async () => {
    const key = await publishLan()
    const visitor = await engines.start('visitor')
    const empty = await startMockRelay()
    try {
      await useCarriers(visitor, [empty.url])
      expect((await ask(visitor, key)).rcode).toBe(rcodes.NXDOMAIN)
      await useCarriers(visitor, [empty.url, relay.url])
      expect(rdatas(await ask(visitor, key))).toEqual(['203.0.113.1'])
    } finally {
      await empty.stop()
    }
  })

  it('with a password in the address of a relay do not show it', async () => {
    const secret = relay.url.replace('//', '//me:hunter2@')
    await useCarriers(owner, [secret])
    const key = testKey(9).key
    await expect(owner.call('pkarr.resolve', { key, policy: 'network-only' })).rejects.not.toThrow(
      'hunter2',
    )
    const carrier = owner.engine.snapshot().pkarr.carriers.find(({ kind }) => kind === 'relay')
    expect(carrier?.state).toBe('failing')
    expect(carrier?.lastError).not.toContain('hunter2')
  })
})
