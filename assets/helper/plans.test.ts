import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFakeRoots, type FakeRoot, type FakeRoots, type FakeSystem } from './fake-root.ts'
import { delegateFile, installWords, manifestFile, resolved } from './subject.ts'

interface Plan extends FakeSystem {
  readonly name: string
  readonly backend: string
  /** What `install --port 5364 --suffix nostr pkarr key` writes there. */
  readonly written: Readonly<Record<string, string>>
  readonly install: readonly string[]
  readonly uninstall: readonly string[]
}

/** Shared with the tests of what the app shows before it asks: both must name the same. */
const { plans } = JSON.parse(readFileSync(new URL('./plans.json', import.meta.url), 'utf8')) as {
  readonly plans: readonly Plan[]
}

let roots: FakeRoots
beforeAll(() => {
  roots = createFakeRoots()
})
afterAll(() => roots.remove())

/** Files of ours as people name them: /private is where macOS keeps its /etc. */
function writtenFiles(
  root: FakeRoot,
  before: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const paths = root.added(before).filter((path) => !path.endsWith('/nostr-dns/manifest'))
  return Object.fromEntries(paths.map((path) => [path.replace(/^\/private/u, ''), root.read(path)]))
}

describe('life cycle', () => {
  it.each(plans)('$name', (plan) => {
    const root = roots.make(plan)
    const before = root.tree()
    expect(root.run(['detect'])).toMatchObject({ status: 0, backend: plan.backend })
    expect(root.run(['status'])).toMatchObject({ status: 0, code: 'ABSENT', backend: 'none' })

    expect(root.run(installWords)).toEqual({
      status: 0,
      v: 1,
      ok: true,
      verb: 'install',
      code: 'OK',
      backend: plan.backend,
      changed: true,
      message: 'Done.',
      commands: plan.install,
    })
    expect(writtenFiles(root, before)).toEqual(plan.written)
    const installed = root.tree()
    expect(root.run(installWords)).toMatchObject({ status: 0, changed: false, commands: [] })
    expect(root.tree()).toEqual(installed)
    expect(root.run(['status'])).toMatchObject({ code: 'INSTALLED', backend: plan.backend })

    const other = ['install', '--port', '5399', '--suffix', 'nostr']
    expect(root.run(other)).toMatchObject({ status: 0, changed: true })
    const rewritten = Object.values(writtenFiles(root, before)).join('')
    expect(rewritten).toMatch(/5399|\[Unit\]/u)
    expect(rewritten).not.toMatch(/5364|pkarr/u)
    expect(root.run(['status'])).toMatchObject({ code: 'INSTALLED' })
    expect(root.run(installWords)).toMatchObject({ status: 0, changed: true })
    expect(root.tree()).toEqual(installed)

    expect(root.run(['uninstall'])).toMatchObject({
      status: 0,
      code: 'OK',
      changed: true,
      commands: plan.uninstall,
    })
    expect(root.tree()).toEqual(before)
    expect(root.run(['uninstall'])).toMatchObject({ status: 0, changed: false })
    expect(root.run(['status'])).toMatchObject({ code: 'ABSENT' })
    expect(root.tree()).toEqual(before)
  })

  it('has a plan for every backend', () => {
    expect(new Set(plans.map(({ backend }) => backend))).toEqual(
      new Set([
        'dns-delegate',
        'own-link',
        'global-drop-in',
        'nm-dnsmasq',
        'dnsmasq',
        'resolver-files',
      ]),
    )
  })

  it('moves to another backend with the system, and undoes the old one', () => {
    const root = roots.make(resolved(252))
    const before = root.tree()
    root.run(installWords)
    // The distribution was upgraded.
    const facts = root.read('/facts')
    root.write('/facts', facts.replace('version=252', 'version=258'))
    root.makeFolder('/sys/class/net/nostr-dns0')
    expect(root.run(installWords)).toMatchObject({
      backend: 'dns-delegate',
      changed: true,
      commands: [
        'systemctl stop 50-nostr-dns.service',
        'systemctl daemon-reload',
        'ip link delete nostr-dns0',
        'systemctl reload-or-restart systemd-resolved.service',
        'resolvectl flush-caches',
      ],
    })
    const files = root.added(before)
    expect(files.toSorted()).toEqual([delegateFile, manifestFile])
    expect(root.run(['status'])).toMatchObject({ code: 'INSTALLED', backend: 'dns-delegate' })
    root.run(['uninstall'])
    root.write('/facts', facts)
    const { '/sys': _sys, '/sys/class': _class, '/sys/class/net': _net, ...after } = root.tree()
    const { '/sys/class/net/nostr-dns0': _link, ...rest } = after
    expect(rest).toEqual(before)
  })

  it('takes away a link that was left behind', () => {
    const root = roots.make(resolved(258, { folders: ['/sys/class/net/nostr-dns0'] }))
    expect(root.run(['uninstall'])).toMatchObject({
      status: 0,
      commands: expect.arrayContaining(['ip link delete nostr-dns0']),
    })
  })

  it('labels what it wrote, where files have labels', () => {
    const root = roots.make(resolved(258, { files: { '/usr/sbin/restorecon': '' } }))
    chmodSync(join(root.path, '/usr/sbin/restorecon'), 0o755)
    expect(root.run(installWords).commands).toContain(
      `restorecon /etc/systemd/dns-delegate.d ${delegateFile}`,
    )
  })

  it('tells a service that no longer runs nothing', () => {
    const root = roots.make(resolved(258))
    const before = root.tree()
    root.run(installWords)
    const facts = root.read('/facts')
    root.write('/facts', 'system=Linux\n')
    expect(root.run(['uninstall'])).toMatchObject({ status: 0, changed: true, commands: [] })
    root.write('/facts', facts)
    expect(root.tree()).toEqual(before)
  })
})
