import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createFakeRoots,
  type FakeRoot,
  type FakeRoots,
  type FakeSystem,
} from '../../../assets/helper/fake-root.ts'
import { createManualClock, type ManualClock } from '../../relays/testing/manual-clock.ts'
import { silentLogger } from '../../env/logger.ts'
import { systemClock, systemRandom } from '../../env/system-env.ts'
import { createExec, type Command, type Exec } from '../exec.ts'
import { unprivileged } from '../testing/unprivileged.ts'
import { createCanary, type Canary } from './canary.ts'
import type { ResolverConfig, ResolverWish } from './resolver-config.ts'
import { createResolverConfig } from './resolver-config-service.ts'
import { fakePrograms } from './testing/fake-programs.ts'

const system: FakeSystem = {
  active: ['systemd-resolved'],
  resolved: { version: 257, dnssec: 'no', dnsovertls: 'no', linkDns: true },
  files: { '/etc/resolv.conf': 'nameserver 127.0.0.53\n' },
  folders: ['/etc/systemd/system'],
}
const unit = '/etc/systemd/system/50-nostr-dns.service'

let roots: FakeRoots
let root: FakeRoot
let clock: ManualClock
let canary: Canary
let commands: Command[]
/** What the test's world is like; changed by tests. */
let wish: ResolverWish
let listeningPort: number | undefined
let isEnabled: boolean
let isRouted: boolean
let addresses: string
let onLookup: (name: string) => void
let config: ResolverConfig

beforeEach(() => {
  roots = createFakeRoots()
  root = roots.make(system)
  clock = createManualClock()
  canary = createCanary(systemRandom)
  commands = []
  wish = { port: 5364, suffixes: ['nostr', 'pkarr', 'key'] }
  listeningPort = 5364
  isEnabled = true
  isRouted = true
  onLookup = () => undefined
  addresses = '192.0.2.5/24'
  config = make()
})
afterEach(async () => {
  await config.stop()
  roots.remove()
})

/** Programs of the fake system, and a real pkexec-like program that runs the real helper there. */
function make(pkexec: string = workingPkexec(), of: FakeSystem = system): ResolverConfig {
  writeFileSync(join(roots.path, 'pkexec'), `#!/bin/sh\n${pkexec}\n`)
  chmodSync(join(roots.path, 'pkexec'), 0o755)
  const fake = fakePrograms(of)
  const real = createExec({ folders: [roots.path, '/usr/bin', '/bin'], clock: systemClock })
  const exec: Exec = (command) => {
    if (command.program !== 'pkexec') return fake(command)
    commands.push(command)
    return real(command)
  }
  return createResolverConfig(
    { clock: impatient(), random: systemRandom, log: silentLogger },
    {
      exec,
      platform: 'linux',
      isAdministrator: false,
      powershell: '',
      systemRoot: root.path,
      wish: () => wish,
      listeningPort: () => listeningPort,
      isEnabled: () => isEnabled,
      canary,
      lookup: async (name) => {
        onLookup(name)
        const address = isRouted ? canary.answersCanary(name) : undefined
        if (address === undefined) throw new Error('ENOTFOUND')
        return [address]
      },
      interfaces: () => ({ eth0: [{ ...someInterface, cidr: addresses }] }),
    },
  )
}

const someInterface = {
  address: '',
  netmask: '',
  family: 'IPv4',
  mac: '',
  internal: false,
} as const

/** The test's clock, but nobody waits between tries of a canary. */
function impatient(): ManualClock {
  return {
    ...clock,
    schedule: (delayMs, task) => clock.schedule(delayMs < 5_000 ? 0 : delayMs, task),
  }
}

function workingPkexec(): string {
  const words = unprivileged(['"$@"', '--root', root.path]).join(' ')
  return `[ "$1" = --disable-internal-agent ] || exit 127\nshift\nexec ${words}`
}

/** Lets pauses of the canary pass. */
async function patiently<T>(promise: Promise<T>): Promise<T> {
  let isOver = false
  const done = promise.finally(() => (isOver = true))
  while (!isOver) {
    clock.advance(0)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return done
}
const look = (): ReturnType<ResolverConfig['look']> => patiently(config.look())
const install = (): ReturnType<ResolverConfig['install']> => patiently(config.install())
const uninstall = (): ReturnType<ResolverConfig['uninstall']> => patiently(config.uninstall())

describe('the way from off to on and back', () => {
  it('on with PKARR names only: nobody sends .nostr here then', async () => {
    wish = { port: 5364, suffixes: ['key', 'pkarr'] }
    onLookup = (name) => (isRouted = /\.(?:pkarr|key)$/u.test(name))
    expect(await install()).toMatchObject({
      ok: true,
      value: { state: 'on', suffixes: ['pkarr', 'key'] },
    })
  })

  it.each([1, 80, 1023])('says that port %i cannot be told to a resolver', async (port) => {
    wish = { ...wish, port }
    listeningPort = port
    const reply = await install()
    expect(reply).toMatchObject({ ok: false, error: { code: 'system.bad-port' } })
    expect(commands).toEqual([])
    expect(await look()).toMatchObject({ state: 'unsupported' })
  })

  it('asks once each time, believes what it sees, and leaves nothing', async () => {
    expect(config.view()).toEqual({ state: 'unknown', suffixes: wish.suffixes })
    const before = root.tree()
    expect(await look()).toMatchObject({
      state: 'off',
      title: 'systemd 257, own link',
      plan: { backend: 'own-link', port: 5364 },
      checkedAtMs: clock.nowMs(),
    })
    expect(root.tree()).toEqual(before)

    expect(await install()).toMatchObject({ ok: true, value: { state: 'on' } })
    expect(commands.map(({ program, argv }) => [program, ...argv].join(' '))).toEqual([
      'pkexec --disable-internal-agent /bin/sh -s -- install --port 5364 --suffix nostr pkarr key --backend own-link',
    ])
    expect(config.view()).not.toHaveProperty('lastAttempt')
    expect(await install()).toMatchObject({ ok: true, value: { state: 'on' } })
    expect(commands).toHaveLength(1)

    expect(await uninstall()).toMatchObject({ ok: true, value: { state: 'off' } })
    expect(commands).toHaveLength(2)
    expect(root.tree()).toEqual(before)
    expect(await uninstall()).toMatchObject({ ok: true, value: { state: 'off' } })
    expect(commands).toHaveLength(2)
  })

  it('says asking while the prompt is open, and does one thing at a time', async () => {
    const states: string[] = []
    config.onChange(() => states.push(config.view().state))
    const first = config.install()
    const second = await config.install()
    expect(second).toMatchObject({ ok: false, error: { code: 'system.busy' } })
    expect(await patiently(config.uninstall())).toMatchObject({ error: { code: 'system.busy' } })
    expect(await patiently(first)).toMatchObject({ ok: true })
    expect(states).toEqual(['off', 'asking', 'on'])
    expect(commands).toHaveLength(1)
  })
})

describe('states', () => {
  beforeEach(async () => {
    await install()
  })

  it('paused while nothing listens or resolution is off, without asking for anything', async () => {
    listeningPort = undefined
    expect(await look()).toMatchObject({
      state: 'paused',
      reason: { code: 'system.not-listening' },
    })
    listeningPort = 5364
    isEnabled = false
    expect(await look()).toMatchObject({ state: 'paused', reason: { code: 'system.switched-off' } })
    isEnabled = true
    expect(await look()).toMatchObject({ state: 'on' })
    expect(commands).toHaveLength(1)
  })

  it('not working when the canary is lost, and working again', async () => {
    isRouted = false
    expect(await look()).toMatchObject({
      state: 'not-working',
      reason: { code: 'system.not-asked' },
    })
    // Writing the same again would not help, so nobody is asked.
    expect(await install()).toMatchObject({ ok: true, value: { state: 'not-working' } })
    expect(commands).toHaveLength(1)
    isRouted = true
    expect(await look()).toMatchObject({ state: 'on' })
  })

  it('moves to what a newer system offers once the old way fails', async () => {
    root.makeFolder('/etc/systemd')
    const resolved = { version: 258, dnssec: 'no', dnsovertls: 'no', linkDns: true }
    root.write('/facts', 'system=Linux systemd-resolved version=258 dnssec=no dnsovertls=no\n')
    config = make(undefined, { ...system, resolved })
    expect(await install()).toMatchObject({
      value: { state: 'on', title: 'systemd 258, own link' },
    })
    isRouted = false
    expect(await install()).toMatchObject({
      ok: true,
      value: { title: 'systemd 258, DNS delegate' },
    })
    expect(commands).toHaveLength(2)
    expect(root.tree()).not.toHaveProperty([unit])
  })

  it('changed when the file was edited or other settings are wanted; rewritten on demand', async () => {
    root.write(unit, `${root.read(unit)}# a remark\n`)
    expect(await look()).toMatchObject({ state: 'changed', reason: { code: 'system.edited' } })
    expect(await install()).toMatchObject({ ok: true, value: { state: 'on' } })
    wish = { port: 5399, suffixes: ['nostr'] }
    listeningPort = 5399
    expect(await look()).toMatchObject({
      state: 'changed',
      reason: { code: 'system.other-settings' },
    })
    expect(await install()).toMatchObject({ ok: true, value: { state: 'on', suffixes: ['nostr'] } })
    expect(readFileSync(join(root.path, unit), 'utf8')).toContain('127.0.0.1:5399')
  })
})

it('never answers a look with one that began earlier', async () => {
  await install()
  let late: ReturnType<typeof config.look> | undefined
  onLookup = () => {
    listeningPort = undefined
    late ??= config.look()
  }
  expect(await look()).toMatchObject({ state: 'on' })
  expect(await patiently(late ?? config.look())).toMatchObject({ state: 'paused' })
})

it('leaves a foreign file alone and asks nobody', async () => {
  root.write(unit, '[Service]\n')
  const before = root.tree()
  expect(await look()).toMatchObject({ state: 'conflict', reason: { code: 'system.conflict' } })
  const result = await install()
  expect(result).toMatchObject({ ok: false, error: { code: 'system.conflict' } })
  expect(JSON.stringify(result)).toContain(unit)
  expect(await uninstall()).toMatchObject({ ok: true })
  expect(commands).toEqual([])
  expect(root.tree()).toEqual(before)
})

it('says why it is not possible and what to do instead', async () => {
  root.write('/etc/resolv.conf', 'nameserver 192.0.2.1\n')
  config = make(undefined, { ...system, active: [] })
  expect(await look()).toMatchObject({ state: 'unsupported', reason: { code: 'system.plain' } })
  expect(await install()).toMatchObject({ ok: false, error: { code: 'system.plain' } })
  expect(await config.plan()).toMatchObject({ ok: false, error: { code: 'system.plain' } })
  expect(commands).toEqual([])
})

describe('an attempt that fails', () => {
  it.each([
    ['exit 126', 'cancelled', 'elevation.cancelled'],
    ['echo "No authentication agent found." >&2; exit 127', 'no-prompt', 'elevation.no-agent'],
    ['echo "Not authorized" >&2; exit 127', 'failed', 'elevation.denied'],
    ['echo garbage', 'failed', 'elevation.bad-report'],
  ] as const)('%s: %s', async (pkexec, outcome, code) => {
    config = make(`cat >/dev/null; ${pkexec}`)
    expect(await install()).toMatchObject({ ok: false, error: { code } })
    expect(config.view()).toMatchObject({
      state: 'off',
      lastAttempt: { verb: 'install', outcome, problem: { code } },
    })
    // What can be typed instead does the same.
    const { command = '' } = config.view().lastAttempt ?? {}
    expect(command).toContain(`sudo tee ${unit} >/dev/null`)
    expect(command).toContain('sudo systemctl restart 50-nostr-dns.service')
  })

  it('is forgotten once what it was about is done another way', async () => {
    config = make('cat >/dev/null; exit 126')
    await install()
    const { command = '' } = config.view().lastAttempt ?? {}
    expect(command).not.toBe('')
    expect(await look()).toHaveProperty('lastAttempt')
    for (const { path, content } of config.view().plan?.files ?? []) root.write(path, content)
    expect(await look()).toMatchObject({ state: 'on' })
    expect(config.view()).not.toHaveProperty('lastAttempt')
  })

  it('does not believe a report of success', async () => {
    const report = `{"v":1,"ok":true,"verb":"install","code":"OK","backend":"own-link","changed":true,"message":"Done.","commands":[]}`
    config = make(`cat >/dev/null; echo '${report}'`)
    expect(await install()).toMatchObject({ ok: false, error: { code: 'system.verify-failed' } })
    expect(config.view()).toMatchObject({ state: 'off', lastAttempt: { outcome: 'failed' } })
  })

  it('does believe its eyes when the report is lost', async () => {
    config = make(`${workingPkexec().replace('exec ', '')} >/dev/null`)
    expect(await install()).toMatchObject({ ok: true, value: { state: 'on' } })
    expect(config.view()).not.toHaveProperty('lastAttempt')
  })

  it.each([
    [73, 'UNSAFE', 'system.unsafe-folder'],
    [73, 'WRITE', 'system.write-failed'],
    [74, 'RELOAD', 'system.reload-failed'],
    [75, 'CONFLICT', 'system.conflict'],
    [77, 'NOT_ROOT', 'elevation.denied'],
    [64, 'USAGE', 'elevation.failed'],
    [69, 'NIXOS', 'system.nixos'],
    [69, 'OTHER_BACKEND', 'system.changed-meanwhile'],
  ])('maps %d %s', async (exit, what, code) => {
    const report = `{"v":1,"ok":false,"verb":"install","code":"${what}","backend":"none","changed":false,"message":"raw words","commands":[]}`
    config = make(`cat >/dev/null; echo '${report}'; exit ${exit}`)
    const result = await install()
    expect(result).toMatchObject({ ok: false, error: { code } })
    expect(JSON.stringify(result)).not.toContain('raw words')
  })

  it.each([
    [73, 'UNSAFE', 'system.unsafe-folder', 'not all could be undone'],
    [73, 'WRITE', 'system.write-failed', 'could be removed'],
    [74, 'RELOAD', 'system.reload-failed', 'files are gone'],
  ])('of undoing says what is left: %d %s', async (exit, what, code, words) => {
    await install()
    const report = `{"v":1,"ok":false,"verb":"uninstall","code":"${what}","backend":"none","changed":true,"message":"raw words","commands":[]}`
    config = make(`cat >/dev/null; echo '${report}'; exit ${exit}`)
    const message = expect.stringContaining(words) as string
    expect(await uninstall()).toMatchObject({ ok: false, error: { code, message } })
  })

  it('of undoing keeps what is there and says how to do it by hand', async () => {
    await install()
    config = make('cat >/dev/null; exit 126')
    expect(await uninstall()).toMatchObject({ error: { code: 'elevation.cancelled' } })
    expect(config.view()).toMatchObject({
      state: 'on',
      lastAttempt: { verb: 'uninstall', outcome: 'cancelled' },
    })
    expect(config.view().lastAttempt?.command?.split('\n')).toEqual([
      `sudo rm ${unit}`,
      'sudo rm /etc/systemd/system/multi-user.target.d/50-nostr-dns.conf',
      'sudo systemctl stop 50-nostr-dns.service',
      'sudo systemctl daemon-reload',
      'sudo resolvectl flush-caches',
      'sudo rm -r /var/lib/nostr-dns',
    ])
    config = make()
    expect(await uninstall()).toMatchObject({ ok: true, value: { state: 'off' } })
    expect(config.view()).not.toHaveProperty('lastAttempt')
  })
})

it('an undo that was cut off is no undo: said, and done to the end', async () => {
  const before = root.tree()
  await install()
  for (const { path } of config.view().plan?.files ?? []) rmSync(join(root.path, path))
  expect(await look()).toMatchObject({
    state: 'changed',
    reason: { code: 'system.edited', message: expect.stringContaining('/var/lib/nostr-dns') },
    undo: [
      'systemctl stop 50-nostr-dns.service',
      'systemctl daemon-reload',
      'resolvectl flush-caches',
      'rm -r /var/lib/nostr-dns',
    ],
  })
  expect(await uninstall()).toMatchObject({ ok: true, value: { state: 'off' } })
  expect(root.tree()).toEqual(before)
})

describe('watching', () => {
  const looked = async (): Promise<void> => {
    await new Promise<void>((resolve) => {
      const stop = config.onChange(() => {
        stop()
        resolve()
      })
    })
  }

  it('looks at the start and whenever addresses change, and once more after that', async () => {
    await install()
    let looks = 0
    const first = looked()
    config.onChange(() => (looks += 1))
    await config.start()
    await first
    expect([looks, config.view().state]).toEqual([1, 'on'])

    clock.advance(30_000)
    expect(looks).toBe(1)

    addresses = '198.51.100.9/24'
    isRouted = false
    const second = looked()
    clock.advance(10_000)
    await patiently(second)
    expect([looks, config.view().state]).toEqual([2, 'not-working'])

    isRouted = true
    const third = looked()
    clock.advance(10_000)
    await third
    expect([looks, config.view().state]).toEqual([3, 'on'])

    clock.advance(60_000)
    expect(looks).toBe(3)
    await config.stop()
    addresses = '203.0.113.9/24'
    clock.advance(60_000)
    expect(looks).toBe(3)
  })

  it('stops at once while a canary is out, and twice', async () => {
    await install()
    isRouted = false
    await config.start()
    await config.stop()
    await config.stop()
    expect(config.view().state).toBe('not-working')
  })
})
