import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createHealth, type Health } from '../../env/health.ts'
import { makeFakeDesktop, watchdogsOf, type FakeDesktop } from '../testing/fake-desktop.ts'
import { makeTestFolder, testEnv } from '../testing/test-home.ts'
import type { ProxySetting } from '../trust-target.ts'
import { createProxySetting } from './proxy-setting.ts'

const pacUrl = 'http://127.0.0.1:40123/proxy.pac'
const olderPacUrl = 'http://127.0.0.1:39999/proxy.pac'
const quoted = `'${pacUrl}'`

let folder: Awaited<ReturnType<typeof makeTestFolder>>
let desktop: FakeDesktop
let statePath: string
let health: Health
let made: ProxySetting[]

beforeEach(async () => {
  folder = await makeTestFolder()
  desktop = await makeFakeDesktop(folder.path)
  statePath = join(folder.path, 'data/proxy.json')
  health = createHealth(() => 0)
  made = []
})
afterEach(async () => {
  for (const setting of made) await setting.restore()
  const left = await watchdogsOf(statePath)
  await folder.remove()
  if (left.length > 0) throw new Error(`watchdogs left: ${left.join(', ')}`)
})

function makeSetting(name = 'ubuntu:GNOME'): ProxySetting {
  const setting = createProxySetting(testEnv, {
    platform: 'linux',
    exec: desktop.exec,
    home: folder.path,
    variables: { XDG_CURRENT_DESKTOP: name },
    statePath,
    health,
    folders: desktop.folders,
  })
  made.push(setting)
  return setting
}

/** What a power cut leaves: a setting and its memory, and no watchdog that could tidy up. */
async function crashed(setting: ProxySetting): Promise<void> {
  expect(await setting.set(pacUrl)).toEqual({ ok: true })
  for (const pid of await watchdogsOf(statePath)) process.kill(pid, 'SIGKILL')
  await expect.poll(() => watchdogsOf(statePath), { timeout: 10_000 }).toEqual([])
  made = []
}

describe('on GNOME', () => {
  const both = async (): Promise<readonly string[]> => [
    await desktop.get('mode'),
    await desktop.get('autoconfig-url'),
  ]

  it.each([
    ["'none'", "''", { state: 'none' }],
    ["'none'", "'http://old.example/x.pac'", { state: 'none' }],
    ["'auto'", quoted, { state: 'ours' }],
    ["'manual'", "''", { state: 'other', current: 'a proxy set by hand' }],
    ["'auto'", "''", { state: 'other', current: 'automatic detection of the network’s proxy' }],
    ["'auto'", "'http://corp/x.pac'", { state: 'other', current: 'http://corp/x.pac' }],
    ["'auto'", `'${olderPacUrl}'`, { state: 'other', current: olderPacUrl }],
  ])('reads mode %s and address %s', async (mode, url, expected) => {
    await desktop.set('mode', mode)
    await desktop.set('autoconfig-url', url)
    expect(await makeSetting().read(pacUrl)).toMatchObject(expected)
    expect(await desktop.written()).toEqual([])
  })

  it('sets twice and restores twice', async () => {
    const setting = makeSetting()
    for (let i = 0; i < 2; i++) {
      expect(await setting.set(pacUrl)).toEqual({ ok: true })
      expect(await both()).toEqual(["'auto'", quoted])
      expect(await setting.read(pacUrl)).toEqual({ state: 'ours' })
      expect(await watchdogsOf(statePath)).toHaveLength(1)
    }
    // The address before the mode, once.
    expect(await desktop.written()).toEqual(['autoconfig-url', 'mode'])
    for (let i = 0; i < 2; i++) {
      expect(await setting.restore()).toEqual({ ok: true })
      expect(await both()).toEqual(["'none'", "''"])
      expect(await watchdogsOf(statePath)).toEqual([])
    }
  })

  it('puts back an address that was there but not in use', async () => {
    await desktop.set('autoconfig-url', "'http://old.example/x.pac'")
    const setting = makeSetting()
    await setting.set(pacUrl)
    await setting.restore()
    expect(await both()).toEqual(["'none'", "'http://old.example/x.pac'"])
  })

  it.each([
    ["'manual'", "''"],
    ["'auto'", "''"],
    ["'auto'", "'http://corp/x.pac'"],
  ])('never overwrites mode %s with address %s', async (mode, url) => {
    await desktop.set('mode', mode)
    await desktop.set('autoconfig-url', url)
    const setting = makeSetting()
    expect(await setting.set(pacUrl)).toMatchObject({ error: { code: 'proxy.foreign-setting' } })
    expect(await setting.restore()).toEqual({ ok: true })
    expect(await setting.repair(undefined)).toEqual({ ok: true })
    expect(await both()).toEqual([mode, url])
    expect(await desktop.written()).toEqual([])
    expect(await watchdogsOf(statePath)).toEqual([])
  })

  it('leaves alone what the user changed in the meantime', async () => {
    const setting = makeSetting()
    await setting.set(pacUrl)
    await desktop.set('autoconfig-url', "'http://corp/x.pac'")
    expect(await setting.restore()).toEqual({ ok: true })
    expect(await both()).toEqual(["'auto'", "'http://corp/x.pac'"])
    expect(await watchdogsOf(statePath)).toEqual([])
  })

  it('moves to another port and still remembers what was there first', async () => {
    await desktop.set('autoconfig-url', "'http://old.example/x.pac'")
    const setting = makeSetting()
    await setting.set(olderPacUrl)
    expect(await setting.read(pacUrl)).toEqual({ state: 'none' })
    expect(await setting.set(pacUrl)).toEqual({ ok: true })
    expect(await both()).toEqual(["'auto'", quoted])
    expect(await watchdogsOf(statePath)).toHaveLength(1)
    await setting.restore()
    expect(await both()).toEqual(["'none'", "'http://old.example/x.pac'"])
  })

  it('offers lines to merge that send .nostr to us and nothing else', async () => {
    await desktop.set('mode', "'auto'")
    await desktop.set('autoconfig-url', "'http://corp/x.pac'")
    const state = await makeSetting().read(pacUrl)
    const merge = state.state === 'other' ? state.merge : ''
    const find = (host: string): unknown =>
      runInNewContext(`(function (url, host) { ${merge} return 'theirs' })('', host)`, { host })
    for (const host of ['npub1x.nostr', 'A.NPUB1X.NOSTR', 'npub1x.nostr.']) {
      expect([host, find(host)]).toEqual([host, 'PROXY 127.0.0.1:40123'])
    }
    for (const host of ['nostr', 'evilnostr', 'nostr.com', 'x.nostr.com', 'example.com']) {
      expect([host, find(host)]).toEqual([host, 'theirs'])
    }
  })

  it('sets nothing but an address of this computer', async () => {
    const setting = makeSetting()
    for (const url of [
      'http://example.com/proxy.pac',
      'https://127.0.0.1:1/proxy.pac',
      "http://127.0.0.1:1/'; id'",
      'http://127.0.0.1:1/proxy.pac\n',
      'http://127.0.0.1.example.com:1/',
      'http://127.0.0.1/proxy.pac',
      '',
    ]) {
      expect(await setting.set(url)).toMatchObject({ error: { code: 'proxy.bad-address' } })
    }
    expect(await desktop.written()).toEqual([])
  })

  it.each([
    ['the place for it is taken', 'data', 'a file where the folder should be'],
    ['its file is from a newer program', 'data/proxy.json', '{"version":2}'],
  ])('changes nothing when it cannot remember, for %s', async (_why, path, text) => {
    await mkdir(dirname(join(folder.path, path)), { recursive: true })
    await writeFile(join(folder.path, path), text)
    const setting = makeSetting()
    expect((await setting.set(pacUrl)).ok).toBe(false)
    expect(await desktop.written()).toEqual([])
    expect(await watchdogsOf(statePath)).toEqual([])
  })

  it('notices that the desktop did not keep the setting', async () => {
    // Locked by the administrator: gsettings says nothing and changes nothing.
    await writeFile(
      join(folder.path, 'programs/gsettings'),
      `#!/bin/sh\n[ "$1" = set ] || cat "${folder.path}/values/$3"\n`,
    )
    const setting = makeSetting()
    expect(await setting.set(pacUrl)).toMatchObject({ error: { code: 'proxy.verify-failed' } })
    expect(await watchdogsOf(statePath)).toEqual([])
  })

  it('says so when the old setting cannot be put back, and keeps its memory', async () => {
    const setting = makeSetting()
    await setting.set(pacUrl)
    const working = await desktop.exec({
      program: 'cat',
      argv: [join(folder.path, 'programs/gsettings')],
    })
    await writeFile(
      join(folder.path, 'programs/gsettings'),
      `#!/bin/sh\n[ "$1" = get ] && exec cat "${folder.path}/values/$3"\nexit 1\n`,
    )
    expect((await setting.restore()).ok).toBe(false)
    expect(health.list()).toMatchObject([{ code: 'proxy.left-behind', severity: 'error' }])
    expect(await watchdogsOf(statePath)).toHaveLength(1)
    await writeFile(
      join(folder.path, 'programs/gsettings'),
      working.kind === 'exited' ? working.stdout : '',
    )
    expect(await setting.restore()).toEqual({ ok: true })
    expect(await both()).toEqual(["'none'", "''"])
    expect(health.list()).toEqual([])
  })

  describe('after a crash without a watchdog', () => {
    it('puts the old setting back at the next start', async () => {
      await crashed(makeSetting())
      expect(await makeSetting().repair(undefined)).toEqual({ ok: true })
      expect(await both()).toEqual(["'none'", "''"])
    })

    it('puts it back when the proxy has another port now', async () => {
      await crashed(makeSetting())
      expect(await makeSetting().repair(olderPacUrl)).toEqual({ ok: true })
      expect(await both()).toEqual(["'none'", "''"])
    })

    it('keeps it when the proxy is the same, under a new watchdog', async () => {
      await crashed(makeSetting())
      const setting = makeSetting()
      expect(await setting.repair(pacUrl)).toEqual({ ok: true })
      expect(await both()).toEqual(["'auto'", quoted])
      expect(await watchdogsOf(statePath)).toHaveLength(1)
      await setting.restore()
      expect(await both()).toEqual(["'none'", "''"])
    })

    it('leaves what somebody set since', async () => {
      await crashed(makeSetting())
      await desktop.set('mode', "'manual'")
      expect(await makeSetting().repair(undefined)).toEqual({ ok: true })
      expect(await both()).toEqual(["'manual'", quoted])
      // And has forgotten: a later start does not touch it either.
      await desktop.set('mode', "'auto'")
      expect(await makeSetting().repair(undefined)).toEqual({ ok: true })
      expect(await both()).toEqual(["'auto'", quoted])
    })

    it('does not touch a setting that nobody remembers', async () => {
      await crashed(makeSetting())
      await rm(statePath)
      expect(await makeSetting().repair(undefined)).toEqual({ ok: true })
      expect(await both()).toEqual(["'auto'", quoted])
      expect(await makeSetting().read(pacUrl)).toEqual({ state: 'ours' })
    })
  })
})

describe.each(['5', '6'])('on KDE with tools of version %s', (version) => {
  beforeEach(async () => {
    if (version === '5') await desktop.remove('kwriteconfig6')
  })
  const both = async (): Promise<readonly string[]> => [
    await desktop.get('ProxyType').catch(() => 'missing'),
    await desktop.get('Proxy Config Script').catch(() => 'missing'),
  ]

  it('sets and restores', async () => {
    const setting = makeSetting('KDE')
    expect(await setting.read(pacUrl)).toEqual({ state: 'none' })
    expect(await setting.set(pacUrl)).toEqual({ ok: true })
    expect(await both()).toEqual(['2', pacUrl])
    expect(await setting.read(pacUrl)).toEqual({ state: 'ours' })
    expect(await setting.restore()).toEqual({ ok: true })
    expect(await both()).toEqual(['missing', 'missing'])
  })

  it('puts back values that were there', async () => {
    await desktop.set('ProxyType', '0')
    await desktop.set('Proxy Config Script', 'http://old.example/x.pac')
    const setting = makeSetting('KDE')
    await setting.set(pacUrl)
    expect(await both()).toEqual(['2', pacUrl])
    await setting.restore()
    expect(await both()).toEqual(['0', 'http://old.example/x.pac'])
  })

  it.each([
    ['1', 'a proxy set by hand'],
    ['2', 'http://corp/x.pac'],
    ['3', 'automatic detection of the network’s proxy'],
    ['4', 'the proxy of the environment variables'],
  ])('never overwrites type %s', async (type, current) => {
    await desktop.set('ProxyType', type)
    await desktop.set('Proxy Config Script', 'http://corp/x.pac')
    const setting = makeSetting('KDE')
    expect(await setting.read(pacUrl)).toMatchObject({ state: 'other', current })
    expect(await setting.set(pacUrl)).toMatchObject({ error: { code: 'proxy.foreign-setting' } })
    expect(await desktop.written()).toEqual([])
  })
})

describe('where there is no setting for us', () => {
  it.each([
    ['XFCE', 'The desktop xfce has no automatic proxy setting that browsers read.'],
    ['', 'No desktop is running here.'],
  ])('says so on %j', async (name, reason) => {
    const setting = makeSetting(name)
    expect(await setting.read(pacUrl)).toEqual({ state: 'unsupported', reason })
    expect(await setting.set(pacUrl)).toMatchObject({ error: { code: 'proxy.unsupported' } })
    expect(await setting.restore()).toEqual({ ok: true })
  })

  it('says which program is missing', async () => {
    await desktop.remove('gsettings')
    const bare = { ...desktop, folders: [desktop.folders[0] ?? ''] }
    const setting = createProxySetting(testEnv, {
      platform: 'linux',
      exec: ({ program }) => Promise.resolve({ kind: 'missing', program }),
      home: folder.path,
      variables: { XDG_CURRENT_DESKTOP: 'GNOME' },
      statePath,
      folders: bare.folders,
    })
    expect(await setting.read(pacUrl)).toEqual({
      state: 'unsupported',
      reason: 'The program gsettings is missing.',
    })
  })
})
