import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { expect } from 'vitest'
import { unprivileged } from '../../src-main/host/testing/unprivileged.ts'
import { runHelper } from './fake-root.ts'
import { delegateFile, installWords, prepare, resolved, type Subject } from './subject.ts'

/** R1: words that are none, in every place there is for them. */
export const badWords: readonly (readonly string[])[] = [
  [],
  [''],
  ['help'],
  ['INSTALL'],
  ['install\n'],
  ['detect', 'status'],
  ['detect', '--port', '5364'],
  ['status', '--suffix', 'nostr'],
  ['uninstall', '--backend', 'dnsmasq'],
  ['uninstall', '/etc'],
  ['install'],
  ['install', '--port', '5364'],
  ['install', '--suffix', 'nostr'],
  ...[
    'com',
    'NOSTR',
    '../x',
    '$(id)',
    '`id`',
    'nostr\n',
    'nostr;id',
    '.nostr',
    '~nostr',
    'n*',
    '',
    'nostr pkarr',
  ].map((suffix) => ['install', '--port', '5364', '--suffix', suffix]),
  ...[
    '05354',
    '80',
    '0',
    '99999',
    '65536',
    '1023',
    '-1',
    '5364x',
    '5364\n',
    ' 5364',
    '5e3',
    '0x14f4',
    '127.0.0.1:5364',
    '',
    '053',
  ].map((port) => ['install', '--port', port, '--suffix', 'nostr']),
  ...['nrpt', 'DNSMASQ', 'dnsmasq own-link', 'dns', ''].map((backend) => [
    ...installWords,
    '--backend',
    backend,
  ]),
  ['install', '--port', '5364', '--suffix', 'nostr', 'com'],
  ['install', '--port', '5364', '--suffix', 'nostr', 'nostr'],
  ['install', '--port', '5364', '--suffix', 'nostr', '--suffix', 'pkarr'],
  ['install', '--port', '5364', '--port', '5365', '--suffix', 'nostr'],
  ['install', '--port', '--suffix', 'nostr'],
  ['install', '--suffix', '--port', '5364'],
  ['install', '--port=5364', '--suffix', 'nostr'],
  [...installWords, '/etc/passwd'],
  [...installWords, '--address', '10.0.0.1'],
  [...installWords, '--'],
  [...installWords, '--backend'],
  [...installWords, '--root'],
  ['detect', '--root', 'relative'],
  ['detect', '--root', '/'],
  ['detect', '--root', '/tmp/../etc'],
  ['detect', '--root', '/tmp//x'],
  ['detect', '--root', '/tmp/$(id)'],
  ['detect', '--root', '/tmp/x', '--root', '/tmp/y'],
]

export function refusesBadWords(subject: Subject): void {
  const { root, run } = prepare(subject, resolved(258))
  const before = root.tree()
  for (const words of badWords) {
    const hasRoot = words.includes('--root')
    const outcome = hasRoot ? runHelper(words, subject) : run(words)
    expect([words, outcome.status, outcome.code]).toEqual([words, 64, 'USAGE'])
    expect(outcome).toMatchObject({ ok: false, changed: false, commands: [] })
  }
  expect(root.tree()).toEqual(before)
}

export function takesAnyOrder(subject: Subject): void {
  const { root, run } = prepare(subject, resolved(258))
  expect(
    run(['install', '--suffix', 'key', 'nostr', '--backend', 'dns-delegate', '--port', '53']),
  ).toMatchObject({
    status: 0,
  })
  expect(root.read(delegateFile)).toMatch(/\nDNS=127\.0\.0\.1:53\nDomains=~nostr ~key\n$/u)
  for (const port of ['1024', '9999', '65535']) {
    expect(run(['install', '--suffix', 'nostr', 'key', '--port', port])).toMatchObject({
      status: 0,
    })
    expect(root.read(delegateFile)).toContain(`127.0.0.1:${port}\n`)
  }
}

export function needsRoot({ script, shell }: Subject): void {
  for (const words of [installWords, ['uninstall']]) {
    expect(runHelper(words, { script, shell })).toMatchObject({ status: 77, code: 'NOT_ROOT' })
  }
  if (process.getuid?.() !== 0) return
  // As root it must not get as far as believing a folder that somebody made up.
  const argv = [...shell.split(' '), script, 'detect', '--root', '/nonexistent']
  const { status, stdout } = spawnSync('env', argv, { encoding: 'utf8' })
  expect([status, stdout]).toEqual([64, expect.stringContaining('ROOT_OPTION')])
}

export function installsOnlyWhatWasAgreed(subject: Subject): void {
  const { root, run } = prepare(subject, resolved(258))
  const before = root.tree()
  expect(run([...installWords, '--backend', 'own-link'])).toMatchObject({
    status: 69,
    code: 'OTHER_BACKEND',
    changed: false,
  })
  expect(root.tree()).toEqual(before)
}

/** What it decided holds, also when its answer can be written nowhere: to a closed stream or a full disk. */
export function endsUnheard({ roots, script, shell }: Subject): void {
  for (const nowhere of ['>&-', '>/dev/full']) {
    if (nowhere === '>/dev/full' && !existsSync('/dev/full')) continue
    const root = roots.make(resolved(258))
    const status = (...words: readonly string[]): number | null => {
      const helper = [...shell.split(' '), script, ...words, '--root', root.path]
      const [program, ...argv] = unprivileged(['sh', '-c', `"$@" ${nowhere}`, 'sh', ...helper])
      return spawnSync(program, argv).status
    }
    const before = root.tree()
    expect(status('install', '--port', '80', '--suffix', 'nostr')).toBe(64)
    expect(status('install', '--port', '5364', '--suffix', 'com')).toBe(64)
    expect(status(...installWords, '--backend', 'own-link')).toBe(69)
    expect(root.tree()).toEqual(before)
    expect(status(...installWords)).toBe(0)
    expect(root.read(delegateFile)).toContain('127.0.0.1:5364')
    expect(status('uninstall')).toBe(0)
    expect(root.tree()).toEqual(before)
  }
}
