import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { settingsSchema, type Settings } from '../../src-preload/contract/settings.ts'
import { createHealth } from '../env/health.ts'
import { silentLogger } from '../env/logger.ts'
import { systemClock, systemRandom } from '../env/system-env.ts'
import { bundleFixture, type Fixture } from './bundle-fixture.ts'
import { createSettingsStore, patchSettings } from './settings-store.ts'

const env = { clock: systemClock, random: systemRandom, log: silentLogger }
const defaults = settingsSchema.parse({ version: 1 })

let folder = ''
let path = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nostr-dns-settings-'))
  path = join(folder, 'settings.json')
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

describe('patchSettings', () => {
  it('changes what is named and keeps the rest', () => {
    const changed = patchSettings(defaults, { ui: { theme: 'dark' }, resolver: { proxyPort: 53 } })
    expect(changed).toEqual({
      ok: true,
      value: {
        ...defaults,
        ui: { ...defaults.ui, theme: 'dark' },
        resolver: { ...defaults.resolver, proxyPort: 53 },
      },
    })
  })

  it('keeps the other fields of a nested object', () => {
    const lan = patchSettings(defaults, { relays: { embedded: { lan: true } } })
    const off = lan.ok
      ? patchSettings(lan.value, { relays: { embedded: { enabled: false } } })
      : lan
    expect(off.ok && off.value.relays.embedded).toEqual({ enabled: false, port: 7447, lan: true })
  })

  it('takes nothing from a prototype', () => {
    const patch: unknown = JSON.parse('{"ui":{"__proto__":{"theme":"dark"}}}')
    expect(patchSettings(defaults, patch)).toEqual({ ok: true, value: defaults })
  })

  it('replaces lists as a whole', () => {
    const changed = patchSettings(defaults, { resolver: { upstreams: ['9.9.9.9'] } })
    expect(changed.ok && changed.value.resolver.upstreams).toEqual(['9.9.9.9'])
  })

  it.each([
    [{ resolver: { prxyPort: 1 } }, 'settings.unknown', 'resolver.prxyPort'],
    [{ resolvr: {} }, 'settings.unknown', 'resolvr'],
    [{ version: 2 }, 'settings.unknown', 'version'],
    [{ relays: { embedded: { x: 1 } } }, 'settings.unknown', 'relays.embedded.x'],
    [{ resolver: { proxyPort: 70_000 } }, 'settings.invalid', 'resolver.proxyPort'],
    [{ resolver: { enabled: null } }, 'settings.invalid', 'resolver.enabled'],
    [{ relays: { user: ['http://x'] } }, 'settings.invalid', 'relays.user.0'],
    [{ ui: 'dark' }, 'settings.invalid', 'ui'],
    [null, 'settings.invalid', ''],
  ])('refuses %j', (patch: unknown, code, named) => {
    const changed = patchSettings(defaults, patch)
    expect(changed).toMatchObject({ ok: false, error: { code } })
    expect(!changed.ok && changed.error.message).toContain(named)
  })
})

describe('settings store', () => {
  it('starts with defaults, writes nothing unasked, and keeps changes over a restart', async () => {
    const first = createSettingsStore(env, path)
    await first.start()
    expect(first.get()).toEqual(defaults)
    expect(await readdir(folder)).toEqual([])
    expect((await first.update({ ui: { theme: 'dark' } })).ok).toBe(true)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    await first.stop()
    await first.stop()
    const second = createSettingsStore(env, path)
    await second.start()
    expect(second.get().ui.theme).toBe('dark')
    expect(await readdir(folder)).toEqual(['settings.json'])
  })

  it('makes its folder when there is none', async () => {
    const store = createSettingsStore(env, join(folder, 'a', 'b', 'settings.json'))
    await store.start()
    expect((await store.update({ ui: { theme: 'dark' } })).ok).toBe(true)
  })

  it('tells its listeners of every change, and of nothing else', async () => {
    const store = createSettingsStore(env, path)
    await store.start()
    const seen: Settings[] = []
    const stop = store.onChange((settings) => seen.push(settings))
    await store.update({ ui: { theme: 'dark' } })
    await store.update({ resolver: { proxyPort: 0 } })
    stop()
    await store.update({ ui: { theme: 'light' } })
    expect(seen.map((settings) => settings.ui.theme)).toEqual(['dark'])
  })

  it('applies changes made at the same time one after the other', async () => {
    const store = createSettingsStore(env, path)
    await store.start()
    await Promise.all([
      store.update({ ui: { theme: 'dark' } }),
      store.update({ ui: { openAtLogin: true } }),
      store.update({ resolver: { proxyPort: 1053 } }),
    ])
    const written: unknown = JSON.parse(await readFile(path, 'utf8'))
    expect(written).toMatchObject({
      ui: { theme: 'dark', openAtLogin: true },
      resolver: { proxyPort: 1053 },
    })
  })

  it.each([
    ['not JSON', '{"version":1,', 'not JSON'],
    ['an unknown field', '{"version":1,"resolver":{"prot":1}}', 'resolver.prot'],
    ['a bad field', '{"version":1,"resolver":{"proxyPort":"x"}}', 'resolver.proxyPort'],
    ['no version', '{"resolver":{}}', 'version'],
    ['a list', '[]', 'object'],
    ['zeros, as after a power cut', '\0'.repeat(100), 'not JSON'],
  ])('keeps a file with %s aside and says what is wrong', async (_, text, named) => {
    await writeFile(path, text)
    const health = createHealth(() => 0)
    const store = createSettingsStore(env, path, health)
    await store.start()
    expect(store.get()).toEqual(defaults)
    expect(health.list()).toMatchObject([{ code: 'settings.bad-file' }])
    expect(health.list()[0]?.message).toContain(named)
    expect(await readFile(`${path}.bad-1`, 'utf8')).toBe(text)
    expect((await store.update({ ui: { theme: 'dark' } })).ok).toBe(true)
    expect(await readFile(`${path}.bad-1`, 'utf8')).toBe(text)
  })

  it('leaves a file of a newer program untouched and refuses to change it', async () => {
    const text = '{"version":2,"colour":"green"}'
    await writeFile(path, text)
    const health = createHealth(() => 0)
    const store = createSettingsStore(env, path, health)
    await store.start()
    expect(store.get()).toEqual(defaults)
    expect(await store.update({ ui: { theme: 'dark' } })).toMatchObject({
      ok: false,
      error: { code: 'settings.newer-version' },
    })
    expect(health.list()).toMatchObject([{ code: 'settings.newer-version' }])
    expect(await readFile(path, 'utf8')).toBe(text)
    expect(await readdir(folder)).toEqual(['settings.json'])
  })

  it('keeps its value when the file is deleted or damaged under it', async () => {
    const store = createSettingsStore(env, path)
    await store.start()
    await store.update({ ui: { theme: 'dark' } })
    await rm(path)
    await store.update({ ui: { openAtLogin: true } })
    await writeFile(path, 'rubbish')
    await store.update({ ui: { startHidden: true } })
    const written: unknown = JSON.parse(await readFile(path, 'utf8'))
    expect(written).toMatchObject({
      ui: { theme: 'dark', openAtLogin: true, startHidden: true },
    })
    expect(await readFile(`${path}.bad-1`, 'utf8')).toBe('rubbish')
  })

  it('takes over the lock of a process that died', async () => {
    await writeFile(join(folder, '.settings.json.lock'), '2147483647 dead')
    const store = createSettingsStore(env, path)
    await store.start()
    expect((await store.update({ ui: { theme: 'dark' } })).ok).toBe(true)
    expect(await readdir(folder)).toEqual(['settings.json'])
  })
})

describe('settings store, with processes of its own', () => {
  let fixture: Fixture
  beforeAll(async () => {
    fixture = await bundleFixture(new URL('./settings-writer.fixture.ts', import.meta.url))
  })
  afterAll(async () => {
    await rm(fixture.folder, { recursive: true, force: true })
  })

  it('loses nothing confirmed when killed at any moment', async () => {
    for (let round = 0; round < 12; round++) {
      const first = 1000 + round * 1000
      const run = fixture.run(path, `${first}`, '1000')
      await run.printed(1 + ((round * 7) % 20))
      await run.kill()
      const confirmed = Number(run.lines.at(-1))
      expect(run.errors()).toBe('')
      expect(confirmed).toBeGreaterThanOrEqual(first)
      const written = settingsSchema.parse(JSON.parse(await readFile(path, 'utf8')))
      // The one being written may have reached the disk without being confirmed.
      expect([confirmed, confirmed + 1]).toContain(written.resolver.proxyPort)
    }
    const store = createSettingsStore(env, path)
    await store.start()
    expect((await store.update({ ui: { theme: 'dark' } })).ok).toBe(true)
    expect(await readdir(folder)).toEqual(['settings.json'])
  })

  it('lets two processes change different things', async () => {
    const run = fixture.run(path, '1000', '100')
    await run.printed(1)
    const store = createSettingsStore(env, path)
    await store.start()
    for (let port = 2000; port < 2100; port++) {
      expect((await store.update({ publish: { addressCheckMinutes: port - 1999 } })).ok).toBe(true)
    }
    expect([await run.ended, run.errors()]).toEqual([0, ''])
    expect(run.lines.filter((line) => line.startsWith('failed'))).toEqual([])
    const written: unknown = JSON.parse(await readFile(path, 'utf8'))
    expect(written).toMatchObject({
      resolver: { proxyPort: 1099 },
      publish: { addressCheckMinutes: 100 },
    })
  })
})
