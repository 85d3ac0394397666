import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { unprivileged } from '../../src-main/host/testing/unprivileged.ts'
import { checks } from './checks.ts'
import { createFakeRoots, helperPath, readReport, type FakeRoots } from './fake-root.ts'
import { installWords, resolved } from './subject.ts'

let roots: FakeRoots
beforeAll(() => {
  roots = createFakeRoots()
})
afterAll(() => roots.remove())

const sentences = Object.entries(checks).map(
  ([name, check]) =>
    [name.replaceAll(/[A-Z]/gu, (letter) => ` ${letter.toLowerCase()}`), check] as const,
)

describe.each(['dash', 'bash --posix'])('the helper under %s', (shell) => {
  it.each(sentences)('%s', (_name, check) => {
    expect(() => check({ roots, script: helperPath, shell })).not.toThrow()
  })
})

const hasBusybox = spawnSync('busybox', ['true']).error === undefined

describe('the script', () => {
  const text = readFileSync(helperPath, 'utf8')

  it.skipIf(!hasBusybox)('runs under busybox', () => {
    const root = roots.make(resolved(252))
    const before = root.tree()
    expect(root.run(installWords, { shell: 'busybox sh' })).toMatchObject({ status: 0 })
    expect(root.run(['status'], { shell: 'busybox sh' })).toMatchObject({ code: 'INSTALLED' })
    expect(root.run(['uninstall'], { shell: 'busybox sh' })).toMatchObject({ status: 0 })
    expect(root.tree()).toEqual(before)
  })

  it('runs from standard input, and does nothing when that is cut off', () => {
    const run = (input: string, path: string): string => {
      const [program, ...argv] = unprivileged(['sh', '-s', '--', ...installWords, '--root', path])
      return spawnSync(program, argv, { input, encoding: 'utf8' }).stdout
    }
    const root = roots.make(resolved(258))
    const before = root.tree()
    for (let length = 0; length < text.trimEnd().length; length += 997)
      run(text.slice(0, length), root.path)
    run(text.trimEnd().slice(0, -1), root.path)
    run(text.slice(0, text.lastIndexOf(' "$@"')), root.path)
    expect(root.tree()).toEqual(before)
    expect(readReport(run(text, root.path))).toMatchObject({ ok: true, code: 'OK', changed: true })
  })

  it('never opens a file that somebody else put at its temporary name', () => {
    // Nothing can be put there between removing and creating but by root, so only the text tells.
    expect(text).toContain(`(set -C && printf '%s\\n' "$2" >"$temporary")`)
  })

  it('is short enough to be read before it is run as root', () => {
    expect(text.split('\n').length - 1).toBeLessThanOrEqual(200)
  })

  it('names no address but those of this computer and the one of its link', () => {
    const addresses = text.match(/\b\d+\.\d+\.\d+\.\d+\b/gu) ?? []
    const ofPrivateNames = ['170.0.0.192', '171.0.0.192']
    expect(new Set(addresses.filter((address) => !ofPrivateNames.includes(address)))).toEqual(
      new Set(['127.0.0.1', '192.0.2.1']),
    )
  })

  it.skipIf(spawnSync('shellcheck', ['-V']).error !== undefined)('satisfies shellcheck', () => {
    const { status, stdout } = spawnSync('shellcheck', [helperPath], { encoding: 'utf8' })
    expect([status, stdout]).toEqual([0, ''])
  })
})
