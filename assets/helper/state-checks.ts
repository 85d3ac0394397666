import { chmodSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import {
  delegateFile,
  delegateFolder,
  installWords,
  manifestFile,
  prepare,
  resolved,
  type Subject,
} from './subject.ts'

export function believesNoManifest(subject: Subject): void {
  const poison = [
    'v1 dnsmasq 99999 com',
    'v1 own-link 5364 nostr $(touch pwned)',
    'v1',
    'dir /etc/empty',
    'dir /etc/empty ',
    'dir /etc/systemd',
    'dir ../etc/empty',
    'dir',
    'file 0 /etc/precious',
    'file 0 ../../etc/precious',
    '`touch pwned`',
    'x'.repeat(10_000),
  ]
  const { root, run } = prepare(
    subject,
    resolved(258, {
      active: ['systemd-resolved', 'dnsmasq'],
      folders: ['/etc/empty', '/var/lib/nostr-dns'],
      files: { '/etc/precious': 'precious' },
    }),
  )
  const before = root.tree()
  root.write(manifestFile, `${poison.join('\n')}\n`)
  expect(run(['status'])).toMatchObject({ status: 0, code: 'DRIFT', backend: 'none' })
  expect(run(['uninstall'])).toMatchObject({ status: 0, commands: [] })
  const { '/var/lib/nostr-dns': _gone, ...rest } = before
  expect(root.tree()).toEqual(rest)

  // The same beside real files: they go, and nothing else does.
  run(installWords)
  root.write(manifestFile, `${poison.join('\n')}\n`)
  expect(run(['uninstall'])).toMatchObject({ status: 0, changed: true })
  expect(root.tree()).toEqual({ ...rest, [delegateFolder]: rest['/etc'] })
}

export function followsNoManifestLink(subject: Subject): void {
  const note = 'v1 dns-delegate 5364 nostr\n'
  const { root, run } = prepare(subject, resolved(258, { files: { '/etc/note': note } }))
  root.link(manifestFile, '/etc/note')
  expect(run(['status'])).toMatchObject({ code: 'ABSENT' })
  expect(run(['uninstall'])).toMatchObject({ status: 0, commands: [] })
  expect(root.read('/etc/note')).toBe(note)
}

export function undoesWithoutManifest(subject: Subject): void {
  const { root, run } = prepare(subject, resolved(258))
  run(installWords)
  rmSync(join(root.path, manifestFile))
  expect(run(['status'])).toMatchObject({ status: 0, code: 'DRIFT' })
  expect(run(['uninstall'])).toMatchObject({
    status: 0,
    changed: true,
    commands: expect.arrayContaining(['systemctl reload-or-restart systemd-resolved.service']),
  })
  expect(Object.values(root.tree()).filter((what) => what.includes('Nostr DNS'))).toEqual([])
  expect(run(['status'])).toMatchObject({ code: 'ABSENT' })
}

export function finishesWhatWasCutOff(subject: Subject): void {
  const { root, run } = prepare(subject, resolved(258))
  const before = root.tree()
  run(installWords)
  const whole = root.tree()
  // Files are there, but the services were never told.
  root.write(
    manifestFile,
    'v1 dns-delegate 5364 nostr pkarr key\ndir /etc/systemd/dns-delegate.d\n',
  )
  expect(run(['status'])).toMatchObject({ code: 'DRIFT' })
  const again = run(installWords)
  expect(again.commands).toContain('systemctl reload-or-restart systemd-resolved.service')
  expect(root.tree()).toEqual(whole)
  // Files are gone, but the services were never told.
  rmSync(join(root.path, delegateFile))
  const undone = run(['uninstall'])
  expect(undone.commands).toContain('systemctl reload-or-restart systemd-resolved.service')
  expect(root.tree()).toEqual(before)
}

export function isDeafToItsEnvironment(subject: Subject): void {
  const { root, run } = prepare(subject, resolved(252, { folders: ['/etc/NetworkManager'] }))
  const plain = prepare(subject, resolved(252, { folders: ['/etc/NetworkManager'] }))
  plain.run(installWords)
  const evil = join(subject.roots.path, 'evil')
  mkdirSync(evil, { recursive: true })
  chmodSync(evil, 0o777)
  const bomb = `touch ${evil}/ran`
  for (const name of [
    'awk',
    'cat',
    'cut',
    'grep',
    'id',
    'ls',
    'mv',
    'rm',
    'sed',
    'sync',
    'tr',
    'uname',
  ]) {
    writeFileSync(join(evil, name), `#!/bin/sh\n${bomb}\n`, { mode: 0o755 })
  }
  writeFileSync(join(evil, 'profile'), `${bomb}\n`)
  const functions = Object.fromEntries(
    [
      'awk',
      'cat',
      'cut',
      'echo',
      'grep',
      'id',
      'ls',
      'mkdir',
      'mv',
      'printf',
      'read',
      'rm',
      'sync',
      'tr',
      'uname',
    ].map((name) => [`BASH_FUNC_${name}%%`, `() { ${bomb}; }`]),
  )
  const env = {
    ...functions,
    PATH: evil,
    IFS: '/-',
    ENV: `${evil}/profile`,
    CDPATH: '/',
    LC_ALL: 'tr_TR.UTF-8',
    POSIXLY_CORRECT: '1',
    GREP_OPTIONS: '-v',
    root: '/tmp',
    verb: 'uninstall',
    asked: 'dnsmasq',
    suffixes: 'com',
    port: '1',
  }
  const { script, shell } = subject
  const variables = Object.entries(env).map(([key, value]) => `${key}=${value}`)
  const prefix = ['env', '-i', ...variables]
  const outcome = root.run(installWords, { script, shell: `/usr/bin/${shell}`, prefix })
  expect(outcome).toMatchObject({ status: 0, backend: 'own-link' })
  expect(existsSync(join(evil, 'ran'))).toBe(false)
  expect(root.tree()).toEqual(plain.root.tree())
  expect(run(['uninstall'])).toMatchObject({ status: 0 })
}

export function keepsModesWhateverTheMask(subject: Subject): void {
  for (const mask of ['000', '077']) {
    const root = subject.roots.make(resolved(258))
    const { script, shell } = subject
    root.run(installWords, {
      script,
      shell,
      prefix: ['sh', '-c', `umask ${mask}; exec "$@"`, 'sh'],
    })
    expect(statSync(join(root.path, delegateFile)).mode & 0o777).toBe(0o644)
    expect(statSync(join(root.path, delegateFolder)).mode & 0o777).toBe(0o755)
  }
}

export function noticesChanges(subject: Subject): void {
  const { root, run } = prepare(subject, resolved(258))
  run(installWords)
  const text = root.read(delegateFile)
  expect(run(['status'])).toMatchObject({ status: 0, code: 'INSTALLED', backend: 'dns-delegate' })
  root.write(delegateFile, text.replace('~key', '~com'))
  expect(run(['status'])).toMatchObject({ status: 0, code: 'DRIFT' })
  expect(run(installWords)).toMatchObject({ status: 0, changed: true })
  expect(root.read(delegateFile)).toBe(text)
  expect(run(['status'])).toMatchObject({ code: 'INSTALLED' })
}

export function changesNothingTwice(subject: Subject): void {
  const { root, run } = prepare(subject, resolved(258))
  run(installWords)
  const paths = [delegateFile, manifestFile].map((path) => join(root.path, path))
  const stamps = paths.map((path) => statSync(path, { bigint: true }).mtimeNs)
  const before = root.tree()
  expect(run(installWords)).toMatchObject({ status: 0, ok: true, changed: false, commands: [] })
  expect(root.tree()).toEqual(before)
  expect(paths.map((path) => statSync(path, { bigint: true }).mtimeNs)).toEqual(stamps)
}

export function runsNothingBelowARoot(subject: Subject): void {
  const { root, run } = prepare(subject, resolved(252))
  expect(run(installWords).commands).toEqual([
    'systemctl daemon-reload',
    'systemctl restart 50-nostr-dns.service',
    'resolvectl flush-caches',
  ])
  expect(root.read(manifestFile)).toMatch(/^v1 own-link 5364 nostr pkarr key\n/u)
}
