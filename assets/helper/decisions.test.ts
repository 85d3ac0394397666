import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFakeRoots, type FakeRoots, type FakeSystem } from './fake-root.ts'

interface Decision extends FakeSystem {
  readonly name: string
  readonly expect: { readonly backend?: string; readonly reason?: string }
}

/** Shared with the tests of the app's own detection: both must come to the same end. */
const { cases } = JSON.parse(
  readFileSync(new URL('./decisions.json', import.meta.url), 'utf8'),
) as { readonly cases: readonly Decision[] }

let roots: FakeRoots
beforeAll(() => {
  roots = createFakeRoots()
})
afterAll(() => roots.remove())

describe('detect', () => {
  it.each(cases)('$name', (decision) => {
    const root = roots.make(decision)
    const before = root.tree()
    const { backend, reason } = decision.expect
    expect(root.run(['detect'])).toMatchObject({
      status: reason === undefined ? 0 : 69,
      ok: reason === undefined,
      verb: 'detect',
      code: reason ?? 'OK',
      backend: backend ?? 'none',
      changed: false,
      commands: [],
    })
    expect(root.tree()).toEqual(before)
  })
})
