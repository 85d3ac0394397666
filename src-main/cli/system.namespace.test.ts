import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ChildProcess } from 'node:child_process'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { SystemView } from '../../src-preload/contract/system-model.ts'
import { buildCli, type BuiltCli } from '../engine/testing/built-cli.ts'
import { saying } from '../engine/testing/operator-site.ts'
import {
  labMissing,
  startLab,
  useResolved,
  type Lab,
  type LabResult,
} from '../host/resolver/testing/lab.ts'

/**
 * From a published record to `getent`, with nothing but the command line: a relay, an owner who
 * publishes, `serve`, and `system` as a person types it, in a computer of its own.
 */
const missing = labMissing()
const skipped = missing === undefined ? '' : ` (skipped: ${missing})`
const relay = 'ws://127.0.0.1:7447'
const published = '203.0.113.10'
/** The upstream's answer for names below example.com. */
const elsewhere = '93.184.215.14'

let cli: BuiltCli
let lab: Lab

beforeAll(async () => {
  if (missing === undefined) cli = await buildCli()
}, 60_000)
afterAll(() => cli?.remove())
beforeEach(async () => {
  if (missing !== undefined) return
  lab = await startLab()
  await useResolved(lab)
}, 60_000)
afterEach(() => lab?.stop(), 60_000)

const run = (...words: readonly string[]): Promise<LabResult> =>
  lab.run(process.execPath, cli.file, ...words)
const mine = (): readonly string[] => ['--data-dir', join(lab.folder, 'mine')]
const system = (...words: readonly string[]): Promise<LabResult> =>
  run('system', ...words, ...mine())
const status = async (): Promise<SystemView> =>
  JSON.parse((await system('status', '--json')).stdout) as SystemView
const background = async (words: readonly string[], said: RegExp): Promise<ChildProcess> => {
  const child = lab.spawn(process.execPath, cli.file, ...words)
  await saying(child, said)
  return child
}
const serve = (...words: readonly string[]): Promise<ChildProcess> =>
  background(
    ['serve', ...mine(), '--relay', relay, '--proxy-port', '0', '--doh-port', '0', ...words],
    /\bready$/mu,
  )
/** SIGKILL; the engine of the data folder is the only one with these words. */
const killServe = async (child: ChildProcess): Promise<void> => {
  const ended = new Promise((resolve) => child.once('close', resolve))
  await lab.shell(`
    for at in /proc/[0-9]*; do
      case "$(tr '\\0' ' ' 2>/dev/null <$at/cmdline)" in
        '${process.execPath} ${cli.file} serve '*) kill -KILL \${at#/proc/} ;; esac
    done`)
  await ended
}
/** Addresses as every program of the lab gets them; none when there are none. */
const resolve = async (name: string): Promise<readonly string[]> => {
  const { stdout } = await lab.run('getent', 'ahostsv4', name)
  return [...new Set(stdout.split('\n').flatMap((line) => line.split(/\s+/u)[0] || []))]
}

/** Has an owner publish an address at the relay of the lab; the name. */
async function publishOwner(): Promise<string> {
  await background(['relay', '--data-dir', join(lab.folder, 'relay')], /listening/u)
  const passphrase = join(lab.folder, 'passphrase')
  await writeFile(passphrase, 'correct horse\n')
  const owner = ['--data-dir', join(lab.folder, 'owner'), '--passphrase-file', passphrase]
  const made = await run('keys', 'new', 'owner', ...owner, '--json')
  const { npub } = JSON.parse(made.stdout) as { readonly npub: string }
  for (const host of ['@', 'www']) {
    const words = ['publish', 'record', host, 'A', published]
    expect(await run(...words, ...owner, '--relay', relay)).toMatchObject({ code: 0 })
  }
  return `${npub}.nostr`
}

describe.skipIf(missing !== undefined)(`on the command line${skipped}`, () => {
  it('a published name opens everywhere from install to uninstall, others always', async () => {
    const name = await publishOwner()
    let engine = await serve()
    const before = await lab.tree()
    expect(await status()).toMatchObject({ state: 'off' })
    expect(await resolve(name)).toEqual([])

    const shown = await system('install', '--dry-run')
    expect(shown).toMatchObject({ code: 0, stdout: expect.stringContaining('port 5364') })
    expect(await system('install')).toMatchObject({ code: 2 })
    expect(await lab.tree()).toBe(before)

    expect(await system('install', '--yes')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^on: /mu),
    })
    expect(await status()).toMatchObject({ state: 'on' })
    expect((await lab.run('getent', 'hosts', name)).stdout).toMatch(`${published} `)
    expect(await resolve(`www.${name}`)).toEqual([published])
    expect(await resolve('a.example.com')).toEqual([elsewhere])

    await killServe(engine)
    expect(await status()).toMatchObject({ state: 'paused' })
    expect(await resolve(`later.${name}`)).toEqual([])
    expect(await resolve('b.example.com')).toEqual([elsewhere])

    // Another port: said, and put right on request.
    engine = await serve('--split-port', '5399')
    expect(await status()).toMatchObject({
      state: 'changed',
      reason: { code: 'system.other-settings' },
    })
    expect(await system('install', '--yes')).toMatchObject({ code: 0 })
    expect(await resolve(`www.${name}`)).toEqual([published])

    const undo = await system('uninstall', '--dry-run')
    expect(undo.stdout).toContain('rm /etc/systemd/')
    expect(await system('uninstall', '--yes')).toMatchObject({ code: 0 })
    expect(await lab.tree()).toBe(before)
    expect(await resolve(`gone.${name}`)).toEqual([])
    expect(await resolve('c.example.com')).toEqual([elsewhere])
    expect(await system('uninstall', '--yes')).toMatchObject({ code: 0 })
    expect((await system('uninstall', '--dry-run')).stdout).not.toContain('rm ')
    expect(await readFile(join(lab.folder, 'upstream.log'), 'utf8')).not.toContain(`later.${name}`)
    await killServe(engine)
  }, 180_000)

  it('where nobody can be asked: fails, shows the command, and that one works', async () => {
    const before = await lab.tree()
    // Only root reads the unpacked programs; this is what they would say.
    await lab.shell('resolvectl --version >$LAB/.version; mv $LAB/.version $LAB/version')
    // Somebody without rights; pkexec is missing or has no agent to ask with.
    const plain = (...words: readonly string[]): Promise<LabResult> =>
      lab.run('setpriv', '--reuid=65534', '--clear-groups', process.execPath, cli.file, ...words)
    const data = join(lab.folder, 'plain')
    await lab.shell(
      `chmod 755 ${lab.folder} ${dirname(cli.file)} && install -d -m 700 -o 65534 ${data}`,
    )
    const refused = await plain('system', 'install', '--yes', '--data-dir', data)
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(/^ {2}sudo /mu)
    expect(await lab.tree()).toBe(before)
    const json = await plain('system', 'install', '--yes', '--json', '--data-dir', data)
    expect(json.code).toBe(1)
    const { error, command } = JSON.parse(json.stdout) as {
      readonly error: { readonly code: string }
      readonly command: string
    }
    expect(error.code).toMatch(/^elevation\./u)
    expect(await lab.tree()).toBe(before)
    await lab.shell(command)
    expect(await status()).toMatchObject({ state: 'paused' })
  }, 120_000)

  it('undoes what is there, also where it could not be turned on any more', async () => {
    const before = await lab.tree()
    expect(await system('install', '--yes')).toMatchObject({ code: 0 })
    await lab.shell('mkdir -p /etc && touch /etc/NIXOS')
    expect(await system('detect')).toMatchObject({ code: 1 })
    expect(await system('uninstall', '--dry-run')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('rm /etc/systemd/'),
    })
    expect(await system('uninstall', '--yes')).toMatchObject({ code: 0 })
    await lab.shell('rm /etc/NIXOS')
    expect(await lab.tree()).toBe(before)
  }, 120_000)
})
