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
 * must agree, byte by byte. The tables are those of the helper's own tests.
 */
interface Decision extends FakeSystem {
  readonly name: string
  readonly expect: { readonly backend?: string; readonly reason?: string }
}
function readTable(name: string): unknown {
  const path = new URL(`../../../assets/helper/${name}`, import.meta.url)
  return JSON.parse(readFileSync(path, 'utf8'))
}
const { cases } = readTable('decisions.json') as { readonly cases: readonly Decision[] }
const { plans } = readTable('plans.json') as {
  readonly plans: readonly (FakeSystem & { readonly name: string })[]
}

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

const wishes: readonly ResolverWish[] = [
  { port: 5364, suffixes: ['nostr', 'pkarr', 'key'] },
  { port: 53, suffixes: ['key', 'nostr'] },
]

describe.each(plans)('plan: $name', (system) => {
  it.each(wishes)('port $port for $suffixes', async (wish) => {
    const root = roots.make(system)
    const place = placeOf(system, root.path)
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
