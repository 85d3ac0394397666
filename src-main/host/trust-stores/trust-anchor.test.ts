import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { makeTestFolder } from '../testing/test-home.ts'
import {
  brokenConstraints,
  makeTestLeaf,
  makeTestRoot,
  ourConstraints,
  patchRoot,
  type TestRoot,
} from '../testing/test-roots.ts'
import { unprivileged, unprivilegedUid } from '../testing/unprivileged.ts'

const script = fileURLToPath(new URL('./trust-anchor.sh', import.meta.url))
const isRoot = process.getuid?.() === 0
const debian = '/usr/local/share/ca-certificates'

let folder: Awaited<ReturnType<typeof makeTestFolder>>
let system: string
let root: TestRoot

beforeAll(async () => {
  folder = await makeTestFolder()
  chmodSync(folder.path, 0o755)
  root = makeTestRoot(folder.path, 'Nostr Names (box) 0a1b2c3d')
})
afterAll(() => folder.remove())
beforeEach(() => {
  system = join(folder.path, 'system')
  makeFolder('')
})
afterEach(() => rmSync(system, { recursive: true }))

/** A folder below the test's system root that belongs to who runs the script. */
function makeFolder(path: string): string {
  const full = join(system, path)
  if (!existsSync(dirname(full))) makeFolder(dirname(path))
  mkdirSync(full, { recursive: true, mode: 0o755 })
  chownSync(full, unprivilegedUid(), unprivilegedUid())
  return full
}

function makeFile(path: string, text: string): void {
  writeFileSync(join(system, path), text)
  chownSync(join(system, path), unprivilegedUid(), unprivilegedUid())
}

interface Outcome {
  readonly status: number | null
  readonly report: Record<string, unknown>
}

/** The script on standard input, as it is run in earnest, would need a handshake: here from disk. */
function run(argv: readonly string[], input = '', shell = 'dash', env = {}): Outcome {
  const [program, ...words] = unprivileged([...shell.split(' '), script, ...argv])
  const { status, stdout } = spawnSync(program, words, {
    input,
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin', ...env },
  })
  const lines = stdout.split('\n')
  expect(lines).toHaveLength(2)
  return { status, report: JSON.parse(lines[0] ?? '') as Record<string, unknown> }
}

const words = (verb: string, sha256 = root.sha256): readonly string[] => [
  verb,
  '--sha256',
  sha256,
  '--root',
  system,
]

const anchorOf = (sha256: string): string => `nostr-dns-${sha256.slice(0, 16)}.crt`

describe.each(['dash', 'bash --posix'])('trust-anchor.sh under %s', (shell) => {
  it.each([
    ['redhat', '/etc/pki/ca-trust/source/anchors', ['/usr/bin/update-ca-trust extract'], undefined],
    [
      'debian',
      debian,
      ['/usr/sbin/update-ca-certificates'],
      ['/usr/sbin/update-ca-certificates --fresh'],
    ],
    [
      'arch',
      '/etc/ca-certificates/trust-source/anchors',
      ['/usr/bin/trust extract-compat'],
      undefined,
    ],
    ['suse', '/usr/share/pki/trust/anchors', ['/usr/sbin/update-ca-certificates'], undefined],
  ])('adds twice and removes twice on %s', (backend, path, adding, removing = adding) => {
    const place = makeFolder(path)
    const other = { ok: true, code: 'OK', backend, v: 1 }
    for (const changed of [true, false]) {
      expect(run(words('trust-add'), root.pem, shell)).toEqual({
        status: 0,
        report: { ...other, verb: 'trust-add', changed, message: 'Done.', commands: adding },
      })
      expect(readdirSync(place)).toEqual([anchorOf(root.sha256)])
      expect(readFileSync(join(place, anchorOf(root.sha256)), 'utf8')).toBe(root.pem)
    }
    for (const changed of [true, false]) {
      expect(run(words('trust-remove'), '', shell)).toEqual({
        status: 0,
        report: { ...other, verb: 'trust-remove', changed, message: 'Done.', commands: removing },
      })
      expect(readdirSync(place)).toEqual([])
    }
  })

  it('accepts no words but its own', () => {
    makeFolder(debian)
    const sha = root.sha256
    const bad: readonly (readonly string[])[] = [
      [],
      ['install'],
      ['trust-add'],
      ['trust-add', '--sha256'],
      ['trust-add', '--sha256', ''],
      ['trust-add', '--sha256', sha.slice(1)],
      ['trust-add', '--sha256', `${sha}0`],
      ['trust-add', '--sha256', sha.toUpperCase()],
      ['trust-add', '--sha256', `${sha.slice(1)}\n`],
      ['trust-add', '--sha256', `../../../../etc/${sha.slice(16)}`],
      ['trust-add', '--sha256', `$(id)${sha.slice(5)}`],
      ['trust-add', '--sha256', sha, '--sha256', sha],
      ['trust-add', '--sha256', sha, '--path', '/etc'],
      ['trust-add', '--sha256', sha, '/etc'],
      ['trust-add', '--sha256', sha, '--root'],
      ['trust-add', '--sha256', sha, '--root', ''],
      ['trust-add', '--sha256', sha, '--root', 'relative'],
      ['trust-add', '--sha256', sha, '--root', '/tmp/../etc'],
      ['trust-add', '--sha256', sha, '--root', '/tmp/$(id)'],
      ['trust-remove', '--root', system],
      ['trust-add\n', '--sha256', sha],
    ]
    for (const argv of bad) {
      const { status, report } = run(argv, root.pem, shell)
      expect([argv, status, report['ok'], report['code']]).toEqual([argv, 64, false, 'USAGE'])
    }
    expect(readdirSync(join(system, debian))).toEqual([])
  })

  it('accepts one certificate and nothing else', () => {
    makeFolder(debian)
    const cut = root.pem.slice(0, -40)
    for (const input of [
      '',
      'x',
      root.pem + root.pem,
      `${root.pem}rm -rf /\n`,
      cut,
      root.pem.replace('MII', 'M$I'),
      `${root.pem}${' '.repeat(8192)}\n`,
    ]) {
      expect(run(words('trust-add'), input, shell)).toMatchObject({
        status: 65,
        report: { code: 'NOT_ONE_CERTIFICATE' },
      })
    }
    expect(run(words('trust-add', '0'.repeat(64)), root.pem, shell)).toMatchObject({
      status: 65,
      report: { code: 'OTHER_CERTIFICATE' },
    })
    expect(readdirSync(join(system, debian))).toEqual([])
  })
})

describe('trust-anchor.sh', () => {
  it.each([
    ['has no name constraints', null],
    ['has constraints that are not critical', ourConstraints.slice('critical,'.length)],
    ['may sign for other names', ourConstraints.replace('nostr', 'com')],
    ['may sign for other names too', `${ourConstraints},permitted;DNS:com`],
    ['may sign for addresses', 'critical,permitted;DNS:nostr'],
    ['may sign for IPv6 addresses', 'critical,permitted;DNS:nostr,excluded;IP:0.0.0.0/0.0.0.0'],
    ['is no authority', ourConstraints, 'critical,CA:FALSE'],
    ['is an authority only by hearsay', ourConstraints, 'CA:TRUE'],
  ])('refuses a certificate that %s', (_what, constraints, basic = 'critical,CA:TRUE') => {
    makeFolder(debian)
    const other = makeTestRoot(folder.path, root.commonName, constraints, basic)
    expect(run(words('trust-add', other.sha256), other.pem)).toMatchObject({
      status: 65,
      report: { code: 'NOT_CONSTRAINED' },
    })
    expect(readdirSync(join(system, debian))).toEqual([])
  })

  it.each(brokenConstraints)('refuses a certificate that %s', (_what, from, to) => {
    makeFolder(debian)
    const { sha256, pem } = patchRoot(root, from, to)
    expect(run(words('trust-add', sha256), pem)).toMatchObject({
      status: 65,
      report: { code: 'NOT_CONSTRAINED' },
    })
  })

  it('refuses damaged certificates without falling over', () => {
    makeFolder(debian)
    const der = Buffer.from(root.pem.split('\n').slice(1, -2).join(''), 'base64')
    for (let at = 1; at < der.length; at += 41) {
      // A length that reaches out of the certificate, and every second time a missing end.
      const damaged = Buffer.from(der)
      damaged[at] = 0x84
      const base = join(folder.path, 'damaged')
      writeFileSync(base, damaged.subarray(0, der.length - (at % 2)))
      const sha = spawnSync('sha256sum', [base], { encoding: 'utf8' }).stdout.slice(0, 64)
      const body = readFileSync(base).toString('base64')
      const pem = `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`
      // What lies outside the checked parts may differ: then it is still held to our names.
      const allowed = at % 2 === 0 ? [0, 65] : [65]
      expect(allowed).toContain(run(words('trust-add', sha), pem).status)
    }
  })

  it('leaves a file of somebody else alone', () => {
    makeFolder(debian)
    const path = join(debian, anchorOf(root.sha256))
    makeFile(path, 'theirs\n')
    for (const verb of ['trust-add', 'trust-remove']) {
      expect(run(words(verb), root.pem)).toMatchObject({ status: 75, report: { code: 'CONFLICT' } })
      expect(readFileSync(join(system, path), 'utf8')).toBe('theirs\n')
    }
  })

  it('follows no link, neither for the file nor for a folder', () => {
    makeFolder(debian)
    const target = join(folder.path, 'target')
    writeFileSync(target, root.pem)
    symlinkSync(target, join(system, debian, anchorOf(root.sha256)))
    expect(run(words('trust-remove'))).toMatchObject({ status: 75 })
    expect(existsSync(target)).toBe(true)

    rmSync(join(system, 'usr'), { recursive: true })
    const aside = makeFolder('aside/local/share/ca-certificates')
    symlinkSync(join(system, 'aside'), join(system, 'usr'))
    expect(run(words('trust-add'), root.pem)).toMatchObject({
      status: 73,
      report: { code: 'UNSAFE' },
    })
    expect(readdirSync(aside)).toEqual([])
  })

  it('writes through no link that waits at its temporary name', () => {
    const place = makeFolder(debian)
    const target = join(folder.path, 'victim')
    writeFileSync(target, 'precious')
    symlinkSync(target, join(place, '.nostr-dns.tmp'))
    expect(run(words('trust-add'), root.pem)).toMatchObject({ status: 0 })
    expect(readFileSync(target, 'utf8')).toBe('precious')
    expect(readdirSync(place)).toEqual([anchorOf(root.sha256)])
  })

  it('is whole or absent after SIGKILL at any moment, and leaves nothing when removed', async () => {
    const place = makeFolder(debian)
    for (let i = 0; i < 30; i++) {
      const [program, ...argv] = unprivileged(['dash', script, ...words('trust-add')])
      const child = spawn(program, argv, { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
      child.stdin.on('error', () => undefined).end(root.pem)
      const ended = once(child, 'close')
      // What is asserted holds whenever it dies; the growing delay makes it die at many places.
      await new Promise((resolve) => setTimeout(resolve, i * 4))
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
      await ended
      const anchor = join(place, anchorOf(root.sha256))
      const held = existsSync(anchor) ? readFileSync(anchor, 'utf8') : root.pem
      expect(held).toBe(root.pem)
      expect(run(words('trust-remove'))).toMatchObject({ status: 0 })
      expect(readdirSync(place)).toEqual([])
    }
  })

  it.each([
    ['everybody', 'usr/local', 0o777],
    ['a group', 'usr/local/share', 0o775],
    ['everybody, in the last folder', 'usr/local/share/ca-certificates', 0o757],
  ])('refuses folders that %s can change', (_who, path, mode) => {
    const place = makeFolder(debian)
    chmodSync(join(system, path), mode)
    expect(run(words('trust-add'), root.pem)).toMatchObject({
      status: 73,
      report: { code: 'UNSAFE' },
    })
    expect(readdirSync(place)).toEqual([])
  })

  it.skipIf(!isRoot)('refuses folders of somebody else', () => {
    const place = makeFolder(debian)
    chownSync(join(system, 'usr/local'), 12345, 12345)
    expect(run(words('trust-add'), root.pem)).toMatchObject({ status: 73 })
    expect(readdirSync(place)).toEqual([])
  })

  it('says when the system is not known', () => {
    expect(run(words('trust-add'), root.pem)).toMatchObject({
      status: 69,
      report: { code: 'UNSUPPORTED', backend: 'none' },
    })
  })

  it('is not impressed by its environment', () => {
    const place = makeFolder(debian)
    const evil = join(folder.path, 'evil')
    mkdirSync(evil, { recursive: true })
    for (const name of ['awk', 'id', 'base64', 'sha256sum', 'ls']) {
      writeFileSync(join(evil, name), '#!/bin/sh\ntouch "$0.ran"\n', { mode: 0o755 })
    }
    writeFileSync(join(evil, 'env'), `touch ${evil}/env.ran\n`)
    const env = {
      PATH: evil,
      IFS: '/',
      ENV: `${evil}/env`,
      BASH_ENV: `${evil}/env`,
      LC_ALL: 'tr_TR',
    }
    const [program, ...argv] = unprivileged(['/bin/sh', script, ...words('trust-add')])
    const path = program.includes('/') ? program : `/usr/bin/${program}`
    const { status } = spawnSync(path, argv, { input: root.pem, env })
    expect(status).toBe(0)
    expect(readdirSync(place)).toEqual([anchorOf(root.sha256)])
    expect(readdirSync(evil).filter((name) => name.endsWith('.ran'))).toEqual([])
  })

  it('needs root without --root, and refuses --root to root', () => {
    const argv = ['trust-remove', '--sha256', root.sha256]
    expect(run(argv)).toMatchObject({ status: 77, report: { code: 'NOT_ROOT' } })
    if (!isRoot) return
    makeFolder(debian)
    const { status, stdout } = spawnSync('sh', [script, ...words('trust-add')], {
      input: root.pem,
      encoding: 'utf8',
    })
    expect([status, stdout]).toEqual([64, expect.stringContaining('ROOT_OPTION')])
  })

  it.skipIf(spawnSync('shellcheck', ['-V']).error !== undefined)('satisfies shellcheck', () => {
    const { status, stdout } = spawnSync('shellcheck', ['-s', 'sh', script], { encoding: 'utf8' })
    expect([status, stdout]).toEqual([0, ''])
  })
})

/** Root with mount namespaces: real update-ca-certificates on copies of the system's folders. */
const canMount = isRoot && spawnSync('unshare', ['--mount', 'true']).status === 0

describe.skipIf(!canMount)('trust-anchor.sh on this Debian', { timeout: 90_000 }, () => {
  it('makes openssl trust the root, and leaves the system as it was', () => {
    const leaf = makeTestLeaf(folder.path, root, 'npub1test.nostr')
    const steps = `
      cp -a /etc/ssl "$1/ssl" && cp -a ${debian} "$1/local"
      mount --bind "$1/ssl" /etc/ssl && mount --bind "$1/local" ${debian}
      tree() { (cd /etc/ssl && find . -printf '%p %l\\n' | sort && sha256sum certs/ca-certificates.crt && ls ${debian}) | sha256sum; }
      /usr/sbin/update-ca-certificates --fresh >/dev/null 2>&1
      before=$(tree)
      openssl verify "$4" >/dev/null 2>&1 && echo trusted-before
      sh "$2" trust-add --sha256 "$3" <"$5" >/dev/null 2>&1 || echo add-failed
      openssl verify "$4" >/dev/null 2>&1 || echo not-trusted
      grep -q "$(sed -n 3p "$5")" /etc/ssl/certs/ca-certificates.crt || echo not-in-bundle
      sh "$2" trust-remove --sha256 "$3" >/dev/null 2>&1 || echo remove-failed
      openssl verify "$4" >/dev/null 2>&1 && echo trusted-after
      [ "$before" = "$(tree)" ] || echo tree-differs
    `
    const work = join(folder.path, 'namespace')
    mkdirSync(work)
    const argv = [work, script, root.sha256, leaf.certPath, root.pemPath]
    const { stdout, stderr } = spawnSync('unshare', ['--mount', 'sh', '-c', steps, 'sh', ...argv], {
      encoding: 'utf8',
    })
    expect([stdout, stderr]).toEqual(['', ''])
  })
})
