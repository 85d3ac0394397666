import { describe, expect, it } from 'vitest'
import { createManualClock, testEnv } from '../../../relays/testing/manual-clock.ts'
import { createUpkeep } from './upkeep.ts'

const minute = 60_000

function fixture() {
  const clock = createManualClock()
  let isOnline = true
  let refreshes = 0
  const upkeep = createUpkeep(testEnv(clock), () => {
    refreshes += 1
    return Promise.resolve(isOnline)
  })
  /** Moves time on in small steps, letting refreshes end in between. */
  const pass = async (milliseconds: number): Promise<number> => {
    const before = refreshes
    for (let passed = 0; passed < milliseconds; passed += 5_000) {
      clock.advance(5_000)
      await Promise.resolve()
      await Promise.resolve()
    }
    return refreshes - before
  }
  return { clock, upkeep, pass, setOnline: (value: boolean) => (isOnline = value) }
}

describe('createUpkeep', () => {
  it('does nothing before the first use', async () => {
    expect(await fixture().pass(60 * minute)).toBe(0)
  })

  it('refreshes every 15 minutes, until nobody has asked for an hour', async () => {
    const { clock, upkeep, pass } = fixture()
    upkeep.used()
    expect(await pass(60 * minute)).toBe(4)
    expect(await pass(120 * minute)).toBe(0)
    expect(clock.pending()).toBe(0)
    upkeep.used()
    expect(await pass(15 * minute)).toBe(1)
  })

  it('tries again after 5 s, then ever later, while nobody answers', async () => {
    const { upkeep, pass, setOnline } = fixture()
    setOnline(false)
    upkeep.used()
    upkeep.failed()
    expect(await pass(5_000)).toBe(1)
    upkeep.failed()
    expect(await pass(5_000)).toBe(0)
    expect(await pass(5_000)).toBe(1)
    expect(await pass(30 * minute)).toBeLessThan(15)
    setOnline(true)
    expect(await pass(5 * minute)).toBe(1)
    expect(await pass(14 * minute)).toBe(0)
  })

  it('stops with nothing pending', () => {
    const { clock, upkeep } = fixture()
    upkeep.used()
    upkeep.stop()
    upkeep.stop()
    expect(clock.pending()).toBe(0)
  })
})
