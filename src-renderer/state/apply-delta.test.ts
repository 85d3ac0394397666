import { describe, expect, it } from 'vitest'
import { applyDelta } from './apply-delta.ts'
import { nameEntry } from '../test/fixture-names.ts'
import { sceneSnapshot } from '../test/fixtures.ts'

const nowMs = 1_780_000_000_000
const snapshot = sceneSnapshot('rich', nowMs)

describe('applyDelta', () => {
  it('replaces the slices of the next delta and keeps the others as they are', () => {
    const outcome = applyDelta(snapshot, { seq: 11, slices: { health: [], petnames: [] } })
    expect(outcome).toMatchObject({ kind: 'applied', snapshot: { seq: 11, petnames: [] } })
    if (outcome.kind !== 'applied') return
    expect(outcome.snapshot.relays).toBe(snapshot.relays)
    expect(outcome.snapshot.names).toBe(snapshot.names)
  })

  it.each([
    ['the number it already holds', 10, 'old'],
    ['an older number', 3, 'old'],
    ['a number further on', 12, 'gap'],
  ] as const)('answers %s without applying it', (_, seq, kind) => {
    expect(applyDelta(snapshot, { seq, slices: { petnames: [] } })).toEqual({ kind })
  })

  it('updates, adds and removes rows of names', () => {
    const [first, second] = snapshot.names
    if (first === undefined || second === undefined) throw new Error('fixture has no names')
    const added = nameEntry({ seed: 900 }, nowMs)
    const outcome = applyDelta(snapshot, {
      seq: 11,
      slices: {},
      names: { upsert: [{ ...first, asked: 99 }, added], remove: [second.id] },
    })
    if (outcome.kind !== 'applied') throw new Error(outcome.kind)
    const { names } = outcome.snapshot
    expect(names).toHaveLength(snapshot.names.length)
    expect(names.find(({ id }) => id === first.id)?.asked).toBe(99)
    expect(names.some(({ id }) => id === second.id)).toBe(false)
    expect(names.at(-1)).toBe(added)
  })
})
