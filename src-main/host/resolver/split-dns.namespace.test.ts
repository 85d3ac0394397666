import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { SystemPlan, SystemView } from '../../../src-preload/contract/system-model.ts'
import type { Result } from '../../env/errors.ts'
import { encodeNpub } from '../../names/npub.ts'
import { bundleFixture } from '../../store/bundle-fixture.ts'
import {
  labMissing,
  startEngine,
  startLab,
  useDnsmasq,
  useResolved,
  type Engine,
  type Lab,
} from './testing/lab.ts'

/**
 * The whole way, for real: the service, the helper as root, systemd-resolved or dnsmasq, and
 * programs that ask through libc (R8, R9 and R10 of specs/resolver-config.md).
 */
const npub = encodeNpub('79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798')
const port = 5364
/** The upstream's answer for names below example.com. */
const elsewhere = '93.184.215.14'
const missing = labMissing()
const skipped = missing === undefined ? '' : ` (skipped: ${missing})`

let bundle: string
let folder: string | undefined
let lab: Lab
let engine: Engine

beforeAll(async () => {
  if (missing !== undefined) return
  const fixture = await bundleFixture(
    new URL('../../dns/testing/split-dns.fixture.ts', import.meta.url),
  )
  folder = fixture.folder
  bundle = join(folder, 'fixture.mjs')
}, 60_000)
afterAll(async () => {
  if (folder !== undefined) await rm(folder, { recursive: true, force: true })
})

const view = async (verb: 'look' | 'on' | 'off'): Promise<SystemView> =>
  (await engine.call(verb)) as SystemView
const change = async (verb: 'install' | 'uninstall'): Promise<SystemView> => {
  const result = (await engine.call(verb)) as Result<SystemView>
  if (!result.ok) throw new Error(`${verb}: ${JSON.stringify(result.error)}`)
  return result.value
}
const plan = async (): Promise<SystemPlan> => {
  const result = (await engine.call('plan')) as Result<SystemPlan>
  if (!result.ok) throw new Error(JSON.stringify(result.error))
  return result.value
}
/** Addresses as every program of the lab gets them; none when there are none. */
const resolve = async (name: string): Promise<readonly string[]> => {
  const { stdout } = await lab.run('getent', 'ahostsv4', name)
  return [...new Set(stdout.split('\n').flatMap((line) => line.split(/\s+/u)[0] || []))]
}
const counts = async (): Promise<{ refused: number; asked: readonly string[] }> =>
  (await engine.call('counts')) as { refused: number; asked: readonly string[] }
const isOurs = (name: string): boolean => /(?:^|\.)(?:nostr|pkarr|key)$/u.test(name)

/** Names below example.com, a new one each time, so that no cache answers. */
let count = 0
const fresh = (): string => `host${count++}.example.com`

beforeEach(async () => {
  if (missing !== undefined) return
  lab = await startLab()
}, 60_000)
afterEach(() => lab?.stop(), 60_000)

describe.skipIf(missing !== undefined)(`with systemd-resolved${skipped}`, () => {
  beforeEach(async () => {
    await useResolved(lab)
    engine = await startEngine(lab, bundle, port)
  }, 60_000)

  it('leads our names to us and no others, dies alone, and is gone without a trace', async () => {
    const before = await lab.tree()
    const version = Number(/\d+/u.exec(await lab.shell('resolvectl --version'))?.[0])
    const backend = version >= 258 ? 'dns-delegate' : 'own-link'
    expect(await view('look')).toMatchObject({ state: 'off', plan: { backend } })
    expect(await resolve(fresh())).toEqual([elsewhere])
    expect(await resolve(`${npub}.nostr`)).toEqual([])
    // Until it is installed our names go where all names go.
    expect((await lab.upstreamAsked()).some(isOurs)).toBe(true)

    const { files } = await plan()
    expect(await change('install')).toMatchObject({
      state: 'on',
      title: expect.stringContaining(`systemd ${version}`),
      suffixes: ['nostr', 'pkarr', 'key'],
    })
    for (const { path, content } of files) {
      expect([path, await lab.shell(`cat ${path}`)]).toEqual([path, content])
    }
    for (const name of [`${npub}.nostr`, `www.${npub}.nostr`, `${npub.toUpperCase()}.NoStR`]) {
      expect([name, await resolve(name)]).toEqual([name, ['203.0.113.10']])
    }
    expect(await resolve(fresh())).toEqual([elsewhere])
    expect(await resolve('missing.example')).toEqual([])
    const log = await lab.upstreamAsked()
    expect(log).toContain('missing.example')
    expect(log.filter(isOurs)).toEqual([])
    const { refused, asked } = await counts()
    expect([refused, asked.filter((name) => !isOurs(name))]).toEqual([0, []])
    expect(asked.length).toBeGreaterThan(1)

    // Twice changes and runs nothing.
    const calls = await readFile(join(lab.folder, 'systemctl.log'), 'utf8')
    await change('install')
    const later = await readFile(join(lab.folder, 'systemctl.log'), 'utf8')
    expect(later.slice(calls.length)).not.toMatch(/start|reload/u)

    expect(await view('off')).toMatchObject({
      state: 'paused',
      reason: { code: 'system.switched-off' },
    })
    expect(await view('on')).toMatchObject({ state: 'on' })

    await engine.kill()
    expect(await resolve(fresh())).toEqual([elsewhere])
    expect(await resolve(`dead.${npub}.nostr`)).toEqual([])
    expect(await resolve(fresh())).toEqual([elsewhere])
    expect((await lab.upstreamAsked()).filter(isOurs)).toEqual([])

    // Another process of ours, and another of the resolver's.
    await lab.shell('systemctl restart systemd-resolved.service')
    engine = await startEngine(lab, bundle, port)
    expect(await view('look')).toMatchObject({ state: 'on' })
    expect(await change('uninstall')).toMatchObject({ state: 'off' })
    expect(await lab.tree()).toBe(before)
    expect(await lab.shell('ip -o link')).not.toContain('nostr-dns0')
    expect(await resolve(`gone.${npub}.nostr`)).toEqual([])
    expect(await resolve(fresh())).toEqual([elsewhere])
    expect((await counts()).asked).toEqual([])
    expect(await change('uninstall')).toMatchObject({ state: 'off' })
  }, 120_000)

  it('notices what others change, and puts it right', async () => {
    const before = await lab.tree()
    await change('install')
    const [first] = (await plan()).files
    const path = first?.path ?? ''
    await lab.shell(`sed -i 's/${port}/${port + 9}/' ${path}`)
    expect(await view('look')).toMatchObject({ state: 'changed' })
    expect(await change('install')).toMatchObject({ state: 'on' })

    await lab.shell(`echo '# a remark' >>${path}`)
    expect(await view('look')).toMatchObject({
      state: 'changed',
      reason: { code: 'system.edited' },
    })
    expect(await change('install')).toMatchObject({ state: 'on' })

    // Something on the way back drops answers, as a check of signatures does.
    const hasLink = (await lab.shell('ip -o link')).includes('nostr-dns0')
    const dnssec = (value: string): Promise<string> =>
      lab.shell(`resolvectl dnssec nostr-dns0 ${value}; resolvectl flush-caches`)
    if (hasLink) await dnssec('yes')
    const { state, reason } = await view('look')
    if (hasLink) await dnssec('no')
    expect([state, reason?.code]).toEqual(
      hasLink ? ['not-working', 'system.answer-lost'] : ['on', undefined],
    )

    // Somebody takes our names away from us without touching our files, as a VPN would.
    await lab.shell("resolvectl domain uplink0 '~nostr'; ip link delete nostr-dns0 || :")
    expect(await view('look')).toMatchObject({
      state: 'not-working',
      reason: { code: 'system.not-asked' },
    })
    await lab.shell("resolvectl domain uplink0 ''")
    await change('uninstall')
    expect(await change('install')).toMatchObject({ state: 'on' })
    await change('uninstall')
    expect(await lab.tree()).toBe(before)
  }, 120_000)

  it('is the same when it is typed by hand, as shown where nobody can be asked', async () => {
    const { byHand, undo } = await plan()
    await lab.shell(byHand)
    expect(await view('look')).toMatchObject({ state: 'on' })
    expect(await resolve(`${npub}.nostr`)).toEqual(['203.0.113.10'])
    for (const command of undo) await lab.shell(`sudo ${command}`)
    expect(await view('look')).toMatchObject({ state: 'off' })
    expect(await resolve(`gone.${npub}.nostr`)).toEqual([])
  }, 120_000)

  it('of an old version: for the whole computer, harmless because we refuse the rest', async () => {
    await writeFile(join(lab.folder, 'version'), 'systemd 249 (249.11-0ubuntu3)\n')
    const before = await lab.tree()
    const planned = await plan()
    expect(planned).toMatchObject({
      backend: 'global-drop-in',
      title: expect.stringContaining('249'),
    })
    expect(planned.consent).toContain('every name you look up is also shown to this app')
    expect(await change('install')).toMatchObject({ state: 'on' })
    expect(await resolve(`${npub}.nostr`)).toEqual(['203.0.113.10'])
    for (let i = 0; i < 10; i += 1) expect(await resolve(fresh())).toEqual([elsewhere])
    expect((await counts()).refused).toBeGreaterThan(0)
    await engine.kill()
    for (let i = 0; i < 3; i += 1) expect(await resolve(fresh())).toEqual([elsewhere])
    engine = await startEngine(lab, bundle, port)
    expect(await change('uninstall')).toMatchObject({ state: 'off' })
    expect(await lab.tree()).toBe(before)
  }, 120_000)
})

describe.skipIf(missing !== undefined)(`with dnsmasq${skipped}`, () => {
  it('leads our names to us and no others, dies alone, and is gone without a trace', async () => {
    await useDnsmasq(lab)
    engine = await startEngine(lab, bundle, port)
    const before = await lab.tree()
    expect(await view('look')).toMatchObject({ state: 'off', plan: { backend: 'dnsmasq' } })
    // The canary is an address of this computer: without the exception dnsmasq would drop it.
    expect(await change('install')).toMatchObject({ state: 'on', title: 'dnsmasq' })
    expect(await resolve(`${npub}.nostr`)).toEqual(['203.0.113.10'])
    expect(await resolve(fresh())).toEqual([elsewhere])
    expect((await lab.upstreamAsked()).filter(isOurs)).toEqual([])
    expect((await counts()).refused).toBe(0)

    await engine.kill()
    expect(await resolve(fresh())).toEqual([elsewhere])
    expect(await resolve(`dead.${npub}.nostr`)).toEqual([])
    expect((await lab.upstreamAsked()).filter(isOurs)).toEqual([])

    engine = await startEngine(lab, bundle, port)
    expect(await change('uninstall')).toMatchObject({ state: 'off' })
    expect(await lab.tree()).toBe(before)
    expect(await resolve(`gone.${npub}.nostr`)).toEqual([])
    expect((await counts()).asked).toEqual([])
  }, 120_000)
})
