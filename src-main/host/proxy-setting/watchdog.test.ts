import { spawnSync } from 'node:child_process'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { bundleFixture, type Fixture, type FixtureRun } from '../../store/bundle-fixture.ts'
import { makeFakeDesktop, watchdogsOf, type FakeDesktop } from '../testing/fake-desktop.ts'
import { makeTestFolder, realExec, testEnv } from '../testing/test-home.ts'
import { createProxySetting } from './proxy-setting.ts'

/** Real processes that set the proxy of a made-up desktop and are killed with SIGKILL. */
const pacUrl = 'http://127.0.0.1:40123/proxy.pac'
const quoted = `'${pacUrl}'`

let fixture: Fixture
let folder: Awaited<ReturnType<typeof makeTestFolder>>
let desktop: FakeDesktop
let statePath: string
let variables: Record<string, string>

beforeAll(async () => {
  fixture = await bundleFixture(new URL('./setter.fixture.ts', import.meta.url))
})
afterAll(() => rm(fixture.folder, { recursive: true }))
beforeEach(async () => {
  folder = await makeTestFolder()
  desktop = await makeFakeDesktop(folder.path)
  statePath = join(folder.path, 'data/proxy.json')
  variables = { XDG_CURRENT_DESKTOP: 'GNOME' }
})
afterEach(() => folder.remove())

async function start(folders = desktop.folders): Promise<FixtureRun> {
  const options = { folders, home: folder.path, variables, statePath }
  const run = fixture.run(JSON.stringify(options), pacUrl)
  await run.printed(1)
  expect([run.lines, run.errors()]).toEqual([['set'], ''])
  return run
}

async function noWatchdog(): Promise<void> {
  await expect.poll(() => watchdogsOf(statePath), { timeout: 10_000 }).toEqual([])
}

describe('the watchdog', () => {
  it('restores when the program is killed with SIGKILL', async () => {
    await desktop.set('autoconfig-url', "'http://old.example/x.pac'")
    const run = await start()
    expect(await desktop.get('mode')).toBe("'auto'")
    expect(await desktop.get('autoconfig-url')).toBe(quoted)
    await run.kill()
    await noWatchdog()
    expect(await desktop.get('mode')).toBe("'none'")
    expect(await desktop.get('autoconfig-url')).toBe("'http://old.example/x.pac'")
  })

  it('restores on KDE as well', async () => {
    variables = { XDG_CURRENT_DESKTOP: 'KDE' }
    await desktop.set('ProxyType', '0')
    const run = await start()
    expect(await desktop.get('ProxyType')).toBe('2')
    await run.kill()
    await noWatchdog()
    expect(await desktop.get('ProxyType')).toBe('0')
    await expect(desktop.get('Proxy Config Script')).rejects.toThrow('ENOENT')
  })

  it('outlives signals to the whole process group', async () => {
    const run = await start()
    for (const pid of await watchdogsOf(statePath)) {
      process.kill(pid, 'SIGTERM')
      process.kill(pid, 'SIGHUP')
      process.kill(pid, 'SIGINT')
    }
    await run.kill()
    await noWatchdog()
    expect(await desktop.get('mode')).toBe("'none'")
  })

  it('goes away without a word when the program ends in order', async () => {
    const run = await start()
    await desktop.written()
    run.process.kill('SIGTERM')
    expect(await run.ended).toBe(0)
    expect(run.lines).toEqual(['set', 'restored'])
    await noWatchdog()
    // Restored by the program, and only by it.
    expect(await desktop.written()).toEqual(['mode', 'autoconfig-url'])
  })

  it('does not touch what the user set in the meantime', async () => {
    const run = await start()
    await desktop.set('mode', "'manual'")
    await desktop.written()
    await run.kill()
    await noWatchdog()
    expect(await desktop.get('mode')).toBe("'manual'")
    expect(await desktop.written()).toEqual([])
  })

  it('of a dead run does not undo what the next run took over', async () => {
    const run = await start()
    const [first] = await watchdogsOf(statePath)
    const next = createProxySetting(testEnv, {
      platform: 'linux',
      exec: desktop.exec,
      home: folder.path,
      variables,
      statePath,
      folders: desktop.folders,
    })
    expect(await next.repair(pacUrl)).toEqual({ ok: true })
    await run.kill()
    await expect.poll(() => watchdogsOf(statePath), { timeout: 10_000 }).not.toContain(first)
    expect(await desktop.get('autoconfig-url')).toBe(quoted)
    expect(await desktop.get('mode')).toBe("'auto'")
    expect(await watchdogsOf(statePath)).toHaveLength(1)
    await next.restore()
    await noWatchdog()
    expect(await desktop.get('mode')).toBe("'none'")
  })

  it('that restored leaves nothing to repair', async () => {
    const run = await start()
    await run.kill()
    await noWatchdog()
    await desktop.written()
    const next = createProxySetting(testEnv, {
      platform: 'linux',
      exec: desktop.exec,
      home: folder.path,
      variables,
      statePath,
      folders: desktop.folders,
    })
    expect(await next.repair(pacUrl)).toEqual({ ok: true })
    expect(await desktop.written()).toEqual([])
    expect(await watchdogsOf(statePath)).toEqual([])
  })
})

/** Debian: libglib2.0-bin and gsettings-desktop-schemas. */
const hasGsettings =
  spawnSync('gsettings', ['range', 'org.gnome.system.proxy', 'mode']).status === 0

describe.skipIf(!hasGsettings)('with the real gsettings', () => {
  it('restores after SIGKILL', async () => {
    const config = join(folder.path, 'config')
    await mkdir(config)
    // Keeps values in a file below XDG_CONFIG_HOME: no session bus, nothing of the real user.
    variables = { ...variables, GSETTINGS_BACKEND: 'keyfile', XDG_CONFIG_HOME: config }
    const get = async (key: string): Promise<string> => {
      const argv = ['get', 'org.gnome.system.proxy', key]
      const result = await realExec({
        program: 'gsettings',
        argv,
        variables: { ...variables, HOME: folder.path },
      })
      return result.kind === 'exited' ? result.stdout.trim() : result.kind
    }
    const run = await start(['/usr/bin', '/bin'])
    expect([await get('mode'), await get('autoconfig-url')]).toEqual(["'auto'", quoted])
    await run.kill()
    await noWatchdog()
    expect([await get('mode'), await get('autoconfig-url')]).toEqual(["'none'", "''"])
  })
})
