/** HTTPS trust over starts, stops and crashes: a real authority, proxy and proxy setting, stand-in stores. */
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { settingsSchema, type Settings } from '../../src-preload/contract/settings.ts'
import { createHealth } from '../env/health.ts'
import { fail, ok, type Result } from '../env/errors.ts'
import { createProxySetting } from '../host/proxy-setting/proxy-setting.ts'
import { makeFakeDesktop, watchdogsOf, type FakeDesktop } from '../host/testing/fake-desktop.ts'
import { makeTestFolder, testEnv } from '../host/testing/test-home.ts'
import type { TargetState, TrustStores, TrustTarget } from '../host/trust-target.ts'
import { createLocalAuthority } from '../trust/authority/local-authority-service.ts'
import type { LocalAuthority } from '../trust/local-authority.ts'
import { createTerminator } from '../trust/terminator/terminator-service.ts'
import { createFakePins } from '../trust/terminator/testing/fake-pins.ts'
import { identify } from '../host/trust-stores/own-root.ts'
import type { RunSettings } from './run-settings.ts'
import { createTrustServices, type TrustServices } from './trust-services.ts'

const browser: TrustTarget = {
  id: 'nss:/one',
  title: 'A browser',
  kind: 'chromium',
  isPrivileged: false,
}
const other: TrustTarget = { ...browser, id: 'nss:/two', title: 'Another browser' }

interface FakeStores extends TrustStores {
  /** SHA-256 of the roots in each store. */
  readonly held: ReadonlyMap<string, Set<string>>
  /** While set, nothing can be added to that store. */
  brokenId: string | undefined
}

function createFakeStores(): FakeStores {
  const held = new Map([browser, other].map(({ id }) => [id, new Set<string>()]))
  const hashOf = (pem: string): string => identify(pem)?.sha256 ?? ''
  const stores: FakeStores = {
    held,
    brokenId: undefined,
    targets: async () => [browser, other],
    check: async ({ id }, pem): Promise<TargetState> => ({
      state: held.get(id)?.has(hashOf(pem)) === true ? 'installed' : 'missing',
    }),
    async install({ id }, pem) {
      if (stores.brokenId === id) return fail('trust.verify-failed', 'It did not stay.')
      held.get(id)?.add(hashOf(pem))
      return ok(undefined)
    },
    async remove({ id }, sha256) {
      held.get(id)?.delete(sha256)
      return ok(undefined)
    },
    async removeAll() {
      for (const roots of held.values()) roots.clear()
      return ok([])
    },
  }
  return stores
}

function createFakeSettings(): RunSettings {
  let settings: Settings = settingsSchema.parse({ version: 1 })
  return {
    get: () => settings,
    async update(patch): Promise<Result<void>> {
      settings = { ...settings, trust: { ...settings.trust, ...patch.trust } }
      return ok(undefined)
    },
    onChange: () => () => undefined,
  }
}

let folder: Awaited<ReturnType<typeof makeTestFolder>>
let desktop: FakeDesktop
let stores: FakeStores
let settings: RunSettings
let authority: LocalAuthority
let statePath: string
const running: TrustServices[] = []

beforeEach(async () => {
  folder = await makeTestFolder()
  desktop = await makeFakeDesktop(folder.path)
  stores = createFakeStores()
  settings = createFakeSettings()
  statePath = join(folder.path, 'data/proxy.json')
  authority = createLocalAuthority(testEnv, { path: join(folder.path, 'authority.json') })
  await authority.start()
})
afterEach(async () => {
  for (const trust of running.splice(0)) await trust.stop()
  await authority.stop()
  const left = await watchdogsOf(statePath)
  await folder.remove()
  if (left.length > 0) throw new Error(`watchdogs left: ${left.join(', ')}`)
})

/** The services of one run of the program. */
async function startTrust(): Promise<TrustServices> {
  const health = createHealth(() => 0)
  const trust = createTrustServices(testEnv, {
    settings,
    health,
    authority,
    stores,
    proxySetting: createProxySetting(testEnv, {
      platform: 'linux',
      exec: desktop.exec,
      home: folder.path,
      variables: { XDG_CURRENT_DESKTOP: 'GNOME' },
      statePath,
      folders: desktop.folders,
    }),
    serve: true,
    createTerminator: (port) =>
      createTerminator(testEnv, {
        authority,
        pins: createFakePins(),
        resolve: async () => ok([]),
        allowsPrivate: () => false,
        wasEverPinned: () => false,
        health,
        port,
      }),
    onTerminator: () => () => undefined,
    steer: () => undefined,
  })
  await trust.start()
  running.push(trust)
  return trust
}

const desktopAddress = async (): Promise<string> =>
  (await desktop.get('mode')) === "'auto'" ? desktop.get('autoconfig-url') : 'none'
const quoted = (trust: TrustServices): string => `'${trust.view().proxy.pacUrl}'`

describe('the desktop that was pointed at the proxy', () => {
  it('is its own again while the program does not run, and pointed at it in the next run', async () => {
    const first = await startTrust()
    await first.enable()
    expect((await first.setSystemProxy(true)).ok).toBe(true)
    expect(await desktopAddress()).toBe(quoted(first))
    await first.stop()
    expect(await desktopAddress()).toBe('none')

    const second = await startTrust()
    expect(await desktopAddress()).toBe(quoted(second))
    expect((await second.setSystemProxy(false)).ok).toBe(true)
    await second.stop()
    await startTrust()
    expect(await desktopAddress()).toBe('none')
  })

  it('is left alone once the user set it otherwise', async () => {
    const first = await startTrust()
    await first.enable()
    await first.setSystemProxy(true)
    await desktop.set('mode', "'manual'")
    await first.stop()
    expect(await desktop.get('mode')).toBe("'manual'")

    await desktop.set('mode', "'none'")
    await startTrust()
    expect(await desktopAddress()).toBe('none')
  })

  it('keeps somebody else’s proxy that came between two runs', async () => {
    const first = await startTrust()
    await first.enable()
    await first.setSystemProxy(true)
    await first.stop()
    await desktop.set('mode', "'auto'")
    await desktop.set('autoconfig-url', "'http://corp.example/x.pac'")
    await startTrust()
    expect(await desktopAddress()).toBe("'http://corp.example/x.pac'")
  })

  it('is not pointed at a port that somebody else holds now, but at the next start without him', async () => {
    const first = await startTrust()
    await first.enable()
    await first.setSystemProxy(true)
    const { port } = first.view().proxy
    await first.stop()
    const squatter = createTerminator(testEnv, {
      authority,
      pins: createFakePins(),
      resolve: async () => ok([]),
      allowsPrivate: () => false,
      wasEverPinned: () => false,
      health: createHealth(() => 0),
      port,
    })
    await squatter.start()
    const second = await startTrust()
    expect(second.view().proxy.state).toBe('failed')
    expect(await desktopAddress()).toBe('none')
    await second.stop()
    await squatter.stop()

    const third = await startTrust()
    expect(await desktopAddress()).toBe(quoted(third))
  })

  it('is forgotten when HTTPS trust is switched off', async () => {
    const first = await startTrust()
    await first.enable()
    await first.setSystemProxy(true)
    expect((await first.disable()).ok).toBe(true)
    expect(await desktopAddress()).toBe('none')
    await first.enable()
    await first.stop()
    await startTrust()
    expect(await desktopAddress()).toBe('none')
  })
})

describe('switching HTTPS trust off', () => {
  it('also destroys an authority whose take-over failed half way', async () => {
    const trust = await startTrust()
    await trust.enable()
    await trust.install(browser.id)
    await trust.install(other.id)
    const before = authority.current()?.rootSha256
    stores.brokenId = other.id
    expect((await trust.rotate()).ok).toBe(false)
    // What browsers do not all trust yet must not issue.
    expect(authority.current()?.rootSha256).toBe(before)
    expect(authority.prepared()).toBeDefined()

    for (let time = 0; time < 2; time++) {
      expect((await trust.disable()).ok).toBe(true)
      expect([authority.current(), authority.prepared(), ...authority.retiring()]).toEqual([
        undefined,
        undefined,
      ])
      expect([...stores.held.values()].every((roots) => roots.size === 0)).toBe(true)
    }
  })
})
