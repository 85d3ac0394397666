import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createFakeRoots,
  type FakeRoots,
  type FakeSystem,
} from '../../../assets/helper/fake-root.ts'
import { chooseBackend } from './choose-backend.ts'
import { gatherFacts } from './gather-facts.ts'
import { helperWords } from './helper-words.ts'
import { readInstalled } from './read-installed.ts'
import type { ResolverWish } from './resolver-config.ts'
import { planSystem } from './system-plan.ts'
import { fakePrograms } from './testing/fake-programs.ts'

/**
 * The app decides, shows and reads back by itself what the helper decides and writes as root: both
 * must agree, byte by byte. The table is the one of the helper's own tests.
 */
interface Decision extends FakeSystem {
  readonly name: string
  readonly expect: { readonly backend?: string; readonly reason?: string }
}
const table = new URL('../../../assets/helper/decisions.json', import.meta.url)
const { cases } = JSON.parse(readFileSync(table, 'utf8')) as { readonly cases: readonly Decision[] }

let roots: FakeRoots
beforeAll(() => {
  roots = createFakeRoots()
})
afterAll(() => roots.remove())

const platforms: Readonly<Record<string, NodeJS.Platform>> = { Linux: 'linux', Darwin: 'darwin' }

function placeOf(system: FakeSystem, systemRoot: string): Parameters<typeof gatherFacts>[0] {
  const platform = platforms[system.system ?? 'Linux'] ?? 'freebsd'
  return { platform, exec: fakePrograms(system), systemRoot }
}

describe('detection', () => {
  it.each(cases)('$name', async (decision) => {
    const root = roots.make(decision)
    const choice = chooseBackend(await gatherFacts(placeOf(decision, root.path)))
    expect(
      choice.kind === 'supported'
        ? { backend: choice.backend }
        : { reason: choice.reason.toUpperCase().replaceAll('-', '_') },
    ).toEqual(decision.expect)
  })
})

const stub = { '/etc/resolv.conf': 'nameserver 127.0.0.53\n' }
const near = { '/etc/resolv.conf': 'nameserver 127.0.0.1\n' }

function withResolved(
  version: number,
  change: Partial<FakeSystem> = {},
  dnssec = 'no',
): FakeSystem {
  return {
    active: ['systemd-resolved'],
    resolved: { version, dnssec, dnsovertls: 'no', linkDns: true },
    files: stub,
    folders: ['/etc/systemd/system'],
    ...change,
  }
}
const withManager = { folders: ['/etc/systemd/system', '/etc/NetworkManager/conf.d'] }
const otherAnchors = { ...stub, '/etc/dnssec-trust-anchors.d/home.negative': 'home\n' }

const systems: readonly (readonly [string, FakeSystem])[] = [
  ['dns-delegate', withResolved(258)],
  ['dns-delegate with DNSSEC', withResolved(258, {}, 'allow-downgrade')],
  ['dns-delegate with DNSSEC and names', withResolved(258, { files: otherAnchors }, 'yes')],
  ['own-link', withResolved(252)],
  ['own-link with NetworkManager', withResolved(257, withManager, 'yes')],
  [
    'own-link with a NetworkManager that runs',
    withResolved(255, { ...withManager, active: ['systemd-resolved', 'NetworkManager'] }),
  ],
  ['global-drop-in', withResolved(249)],
  ['global-drop-in with DNSSEC', withResolved(246, {}, 'yes')],
  [
    'nm-dnsmasq',
    {
      active: ['NetworkManager'],
      files: { ...near, '/etc/NetworkManager/NetworkManager.conf': '[main]\ndns=dnsmasq\n' },
    },
  ],
  [
    'dnsmasq',
    { active: ['dnsmasq'], files: { ...near, '/etc/dnsmasq.conf': 'conf-dir=/etc/dnsmasq.d\n' } },
  ],
  ['macOS', { system: 'Darwin' }],
]

const wishes: readonly ResolverWish[] = [
  { port: 5364, suffixes: ['nostr', 'pkarr', 'key'] },
  { port: 53, suffixes: ['key', 'nostr'] },
]

describe.each(systems)('plan: %s', (_name, decision) => {
  it.each(wishes)('port $port for $suffixes', async (wish) => {
    const root = roots.make(decision)
    if (decision.system === 'Darwin') root.link('/etc/resolver', '/private/etc/resolver')
    const place = placeOf(decision, root.path)
    const before = root.tree()
    const planned = planSystem(await gatherFacts(place), wish)
    if (!planned.ok) throw new Error(planned.error.message)
    const { backend, files, commands, undo } = planned.value

    const words = helperWords({ verb: 'install', wish, backend })
    const installed = root.run(words)
    expect(installed).toMatchObject({ status: 0, changed: true })
    const written = root
      .added(before)
      .filter((path) => !/\/(?:manifest)$/u.test(path))
      .map((path) => ({ path: path.replace(/^\/private/u, ''), content: root.read(path) }))
    const byPath = (a: { path: string }, b: { path: string }): number =>
      a.path.localeCompare(b.path)
    expect(written.toSorted(byPath)).toEqual(files.toSorted(byPath))
    expect(commands).toEqual(installed.commands)

    expect(await readInstalled(place)).toMatchObject({
      installed: { kind: 'ours', backend, wish: { port: wish.port } },
      foreign: [],
    })

    const removed = root.run(['uninstall'])
    expect(removed.status).toBe(0)
    expect(undo).toEqual([...files.map(({ path }) => `rm ${path}`), ...removed.commands])
    expect(await readInstalled(place)).toMatchObject({ installed: { kind: 'absent' } })
    expect(root.tree()).toEqual(before)
  })
})
