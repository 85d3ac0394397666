import { chmod, chown, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../env/system-env.ts'
import { createExec, type Exec, type ExecResult } from '../exec.ts'
import { makeTestFolder, recording, testEnv } from '../testing/test-home.ts'
import { makeTestRoot, type TestRoot } from '../testing/test-roots.ts'
import { unprivileged, unprivilegedUid } from '../testing/unprivileged.ts'
import type { TrustStores, TrustTarget } from '../trust-target.ts'
import { elevate, readElevated } from './elevation.ts'
import { createTrustStores } from './trust-stores.ts'

const anchors = 'usr/local/share/ca-certificates'

let folder: Awaited<ReturnType<typeof makeTestFolder>>
let system: string
let root: TestRoot
let programs: string

beforeEach(async () => {
  folder = await makeTestFolder()
  await chmod(folder.path, 0o755)
  root = makeTestRoot(folder.path, 'Nostr Names (box) 0a1b2c3d')
  system = join(folder.path, 'system')
  programs = join(folder.path, 'bin')
  await mkdir(programs)
  await mkdir(join(system, anchors), { recursive: true, mode: 0o755 })
  await mkdir(join(system, 'etc/ssl/certs'), { recursive: true })
  for (const path of ['', 'usr', 'usr/local', 'usr/local/share', anchors]) {
    await chown(join(system, path), unprivilegedUid(), unprivilegedUid())
  }
})
afterEach(() => folder.remove())

async function pkexec(script: string): Promise<void> {
  await writeFile(join(programs, 'pkexec'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
}

/**
 * Stands in for pkexec: runs what it is given below the test's system root, as nobody, and then does
 * what update-ca-certificates would do.
 */
async function workingPkexec(): Promise<void> {
  const words = unprivileged(['"$@"', '--root', system]).join(' ')
  await pkexec(`
    [ "$1" = --disable-internal-agent ] || exit 127
    shift
    ${words}
    code=$?
    cat ${system}/${anchors}/*.crt >${system}/etc/ssl/certs/ca-certificates.crt 2>/dev/null
    exit $code`)
}

function makeStores(exec?: Exec): TrustStores {
  const real = createExec({ folders: [programs, '/usr/bin', '/bin'], clock: systemClock })
  return createTrustStores(testEnv, {
    platform: 'linux',
    exec: exec ?? real,
    home: join(folder.path, 'home'),
    variables: {},
    recordsPath: join(folder.path, 'data/trust.json'),
    systemRoot: system,
  })
}

async function systemTarget(stores: TrustStores): Promise<TrustTarget> {
  const target = (await stores.targets()).find(({ id }) => id === 'linux-system')
  if (target === undefined) throw new Error('no system target')
  return target
}

describe('the system store', () => {
  it('is one privileged target', async () => {
    expect(await systemTarget(makeStores())).toMatchObject({ kind: 'system', isPrivileged: true })
  })

  it('gets the root twice and loses it twice, asking only when there is something to do', async () => {
    await workingPkexec()
    const seen = recording(
      createExec({ folders: [programs, '/usr/bin', '/bin'], clock: systemClock }),
    )
    const stores = makeStores(seen.exec)
    const target = await systemTarget(stores)
    const prompts = (): number => seen.commands.filter(({ program }) => program === 'pkexec').length
    for (const i of [1, 2]) {
      expect([i, await stores.install(target, root.pem)]).toEqual([i, { ok: true }])
      expect(await stores.check(target, root.pem)).toEqual({ state: 'installed' })
      expect(prompts()).toBe(1)
    }
    const file = `nostr-dns-${root.sha256.slice(0, 16)}.crt`
    expect(await readFile(join(system, anchors, file), 'utf8')).toBe(root.pem)
    for (const i of [1, 2]) {
      expect([i, await stores.remove(target, root.sha256)]).toEqual([i, { ok: true }])
      expect(await stores.check(target, root.pem)).toEqual({ state: 'missing' })
      expect(prompts()).toBe(2)
    }
    expect(await readdir(join(system, anchors))).toEqual([])
  })

  it('is found and cleaned when the records are lost', async () => {
    await workingPkexec()
    const stores = makeStores()
    await stores.install(await systemTarget(stores), root.pem)
    await writeFile(join(system, anchors, 'nostr-dns-0123456789abcdef.crt'), root.pem)
    await writeFile(join(system, anchors, 'corporate.crt'), root.pem)
    await rm(join(folder.path, 'data'), { recursive: true })
    expect(await makeStores().removeAll()).toEqual({
      ok: true,
      value: ['Nostr Names (box) 0a1b2c3d from System store (curl, git, wget …)'],
    })
    expect(await readdir(join(system, anchors))).toEqual([
      'corporate.crt',
      'nostr-dns-0123456789abcdef.crt',
    ])
  })

  it('counts a root that is not in the bundle as missing', async () => {
    await workingPkexec()
    const stores = makeStores()
    const target = await systemTarget(stores)
    await stores.install(target, root.pem)
    await writeFile(join(system, 'etc/ssl/certs/ca-certificates.crt'), '')
    expect(await stores.check(target, root.pem)).toEqual({ state: 'missing' })
    expect(await stores.install(target, root.pem)).toEqual({ ok: true })
    expect(await stores.check(target, root.pem)).toEqual({ state: 'installed' })
  })

  it('believes its eyes, not the report', async () => {
    const report = `{"v":1,"ok":true,"verb":"trust-add","code":"OK","backend":"debian","changed":true,"message":"Done.","commands":[]}`
    await pkexec(`cat >/dev/null & echo ready >&2; echo '${report}'`)
    const stores = makeStores()
    expect(await stores.install(await systemTarget(stores), root.pem)).toMatchObject({
      error: { code: 'trust.verify-failed' },
    })
  })

  it('says conflict when another file has the name', async () => {
    const file = join(system, anchors, `nostr-dns-${root.sha256.slice(0, 16)}.crt`)
    await writeFile(file, 'theirs')
    const stores = makeStores()
    const target = await systemTarget(stores)
    expect(await stores.check(target, root.pem)).toMatchObject({ state: 'conflict' })
    expect(await stores.install(target, root.pem)).toMatchObject({
      error: { code: 'trust.conflict' },
    })
  })

  it('is unavailable where no folder is known', async () => {
    await rm(join(system, 'usr'), { recursive: true })
    const stores = makeStores()
    expect(await stores.check(await systemTarget(stores), root.pem)).toMatchObject({
      state: 'unavailable',
    })
  })

  it('gives a command to type when nobody can be asked', async () => {
    const stores = makeStores(({ program }) => Promise.resolve({ kind: 'missing', program }))
    const target = await systemTarget(stores)
    const name = `/usr/local/share/ca-certificates/nostr-dns-${root.sha256.slice(0, 16)}.crt`
    expect(await stores.install(target, root.pem)).toMatchObject({
      error: {
        code: 'elevation.unavailable',
        hint: `Export the root certificate as ROOT.pem, then run in a terminal: sudo cp ROOT.pem ${name} && sudo update-ca-certificates`,
      },
    })
  })
})

describe('elevate', () => {
  const sha256 = 'ab'.repeat(32)

  it('is pkexec with fixed words; script and certificate go over standard input', () => {
    const command = elevate({ verb: 'trust-add', sha256, pem: 'PEM' }, false)
    expect(command).toMatchObject({
      program: 'pkexec',
      argv: ['--disable-internal-agent', '/bin/sh', '-s', '--', 'trust-add', '--sha256', sha256],
      reply: { line: 'ready', text: 'PEM' },
      timeoutMs: 120_000,
    })
    expect(command.input).toContain('main "$@"\n')
    expect(command.input).not.toContain('PEM"')
  })

  it('needs no pkexec as root', () => {
    expect(elevate({ verb: 'trust-remove', sha256 }, true)).toMatchObject({
      program: '/bin/sh',
      argv: ['-s', '--', 'trust-remove', '--sha256', sha256],
    })
    expect(elevate({ verb: 'trust-remove', sha256 }, true).reply).toBeUndefined()
  })

  it('takes nothing but a SHA-256', () => {
    for (const bad of ['', 'x', `${sha256}\n`, `$(id)${sha256.slice(5)}`]) {
      expect(() => elevate({ verb: 'trust-remove', sha256: bad }, false)).toThrow(RangeError)
    }
  })
})

describe('readElevated', () => {
  const report = { v: 1, ok: true, verb: 'trust-add', code: 'OK', backend: 'debian' }
  const good = JSON.stringify({ ...report, changed: true, message: 'Done.', commands: [] })
  const bad = good.replace('true', 'false')
  const exited = (code: number, stdout = '', stderr = ''): ExecResult => ({
    kind: 'exited',
    code,
    stdout,
    stderr,
  })

  it('reads a report', () => {
    expect(readElevated(exited(0, `${good}\n`))).toEqual({ ok: true })
  })

  it.each([
    ['no pkexec', { kind: 'missing', program: 'pkexec' } as const, 'elevation.unavailable'],
    [
      'no answer in time',
      { kind: 'killed', why: 'timeout', stdout: '', stderr: '' } as const,
      'elevation.timeout',
    ],
    ['a closed dialog', exited(126), 'elevation.cancelled'],
    [
      'no agent',
      exited(127, '', 'Error executing command as another user: No authentication agent found.\n'),
      'elevation.no-agent',
    ],
    [
      'no polkit',
      exited(127, '', 'Error getting authority: Error initializing authority: Could not connect\n'),
      'elevation.no-agent',
    ],
    [
      'a forbidding policy',
      exited(127, '', 'Error executing command as another user: Not authorized\n'),
      'elevation.denied',
    ],
    [
      'a parent that is gone',
      exited(127, '', 'Refusing to render service to dead parents.\n'),
      'elevation.failed',
    ],
    ['usage', exited(64, bad), 'elevation.failed'],
    ['a certificate that was refused', exited(65, bad), 'trust.not-ours'],
    ['an unknown system', exited(69, bad), 'trust.unsupported-system'],
    ['an unsafe folder', exited(73, bad), 'trust.unsafe-store'],
    ['a failed update', exited(74, bad), 'trust.update-failed'],
    ['a conflict', exited(75, bad), 'trust.conflict'],
    ['no rights', exited(77, bad), 'elevation.denied'],
    ['a code of the shell', exited(2, bad), 'elevation.failed'],
    ['no report', exited(0), 'elevation.bad-report'],
    ['garbage', exited(0, 'hello'), 'elevation.bad-report'],
    ['two lines', exited(0, `${good}\n${good}\n`), 'elevation.bad-report'],
    ['success with an error code', exited(74, good), 'elevation.bad-report'],
    ['failure with success code', exited(0, bad), 'elevation.bad-report'],
  ])('maps %s', (_what, result, code) => {
    expect(readElevated(result)).toMatchObject({ ok: false, error: { code } })
  })
})
