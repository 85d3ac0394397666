import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { unprivileged } from '../../src-main/host/testing/unprivileged.ts'
import { createFakeRoots, helperPath, type FakeRoot, type FakeRoots } from './fake-root.ts'
import { installWords, resolved } from './subject.ts'

let roots: FakeRoots
beforeAll(() => {
  roots = createFakeRoots()
})
afterAll(() => roots.remove())

const otherWords = ['install', '--port', '5399', '--suffix', 'nostr']
const uninstallWords = ['uninstall']

/** Kills the helper and its children after `delayMs`, unless it is faster. */
async function runAndKill(
  root: FakeRoot,
  words: readonly string[],
  delayMs: number,
): Promise<boolean> {
  const [program, ...argv] = unprivileged(['dash', helperPath, ...words, '--root', root.path])
  const child = spawn(program, argv, { stdio: 'ignore', detached: true })
  const ended = once(child, 'close')
  const timer = setTimeout(() => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
  }, delayMs)
  await ended
  clearTimeout(timer)
  return child.signalCode === 'SIGKILL'
}

/** Numbers from 0 to 1, the same in every run. */
function createDraw(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}

const signed = { version: 258, dnssec: 'yes', dnsovertls: 'no', linkDns: true }

describe('kill -9 at any moment', { timeout: 120_000 }, () => {
  it.each([
    ['a delegate', resolved(258, { resolved: signed }), 40],
    ['a link of our own', resolved(252, { folders: ['/etc/NetworkManager'] }), 40],
    ['macOS', { system: 'Darwin' }, 20],
  ])('%s: files are whole or absent, and an undo leaves nothing', async (_name, system, times) => {
    const root = roots.make(system)
    const before = root.tree()
    const wholes = new Set<string>()
    const started = process.hrtime.bigint()
    for (const words of [installWords, otherWords]) {
      root.run(words)
      for (const [path, what] of Object.entries(root.tree())) wholes.add(`${path} ${what}`)
    }
    root.run(uninstallWords)
    const meanMs = Number(process.hrtime.bigint() - started) / 3e6

    const draw = createDraw(times)
    let killed = 0
    for (let i = 0; i < times; i++) {
      // From nothing, from other settings, or on the way out.
      if (i % 3 !== 0) root.run(otherWords)
      const words = i % 3 === 2 ? uninstallWords : installWords
      if (await runAndKill(root, words, draw() * meanMs)) killed++
      const torn = Object.entries(root.tree()).filter(
        ([path, what]) =>
          what.startsWith('file') &&
          !/\.tmp$|\/manifest$/u.test(path) &&
          !wholes.has(`${path} ${what}`),
      )
      expect(torn).toEqual([])
      expect(root.run(uninstallWords)).toMatchObject({ status: 0, code: 'OK' })
      expect(root.tree()).toEqual(before)
    }
    expect(killed).toBeGreaterThan(times / 10)
  })
})
