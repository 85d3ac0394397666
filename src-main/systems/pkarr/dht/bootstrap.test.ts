import { describe, expect, it } from 'vitest'
import { createManualClock, testEnv } from '../../../relays/testing/manual-clock.ts'
import { createBootstrap } from './bootstrap.ts'

function fixture(answer: (name: string) => readonly string[] | undefined) {
  const clock = createManualClock()
  const asked: string[] = []
  let names: readonly string[] = ['a.example:6881', 'b.example:1', '192.0.2.1:7', 'nonsense']
  const bootstrap = createBootstrap(
    testEnv(clock),
    () => names,
    (name) => {
      asked.push(name)
      const found = answer(name)
      return found === undefined ? Promise.reject(new Error('no')) : Promise.resolve(found)
    },
  )
  return { clock, asked, bootstrap, setNames: (next: readonly string[]) => (names = next) }
}

describe('createBootstrap', () => {
  it('looks names up once for all who wait, takes IPv4 only, and leaves addresses alone', async () => {
    const { asked, bootstrap } = fixture((name) =>
      name === 'a.example' ? ['192.0.2.5', '2001:db8::1'] : undefined,
    )
    const [first, second] = await Promise.all([bootstrap.endpoints(), bootstrap.endpoints()])
    expect(first).toEqual([
      { host: '192.0.2.5', port: 6881 },
      { host: '192.0.2.1', port: 7 },
    ])
    expect(second).toEqual(first)
    expect(await bootstrap.endpoints()).toEqual(first)
    expect(asked).toEqual(['a.example', 'b.example'])
  })

  it('asks for names that do not resolve again, after growing pauses', async () => {
    let isOnline = false
    const { asked, bootstrap, clock, setNames } = fixture(() =>
      isOnline ? ['192.0.2.9'] : undefined,
    )
    setNames(['a.example:1'])
    expect(await bootstrap.endpoints()).toEqual([])
    expect(await bootstrap.endpoints()).toEqual([])
    expect(asked).toHaveLength(1)
    clock.advance(2_000)
    await bootstrap.endpoints()
    clock.advance(2_000)
    await bootstrap.endpoints()
    expect(asked).toHaveLength(2)
    isOnline = true
    clock.advance(2_000)
    expect(await bootstrap.endpoints()).toEqual([{ host: '192.0.2.9', port: 1 }])
  })

  it('keeps the last addresses when the names stop resolving, and drops them with the settings', async () => {
    let isOnline = true
    const { bootstrap, clock, setNames } = fixture(() => (isOnline ? ['192.0.2.9'] : undefined))
    setNames(['a.example:1'])
    const found = await bootstrap.endpoints()
    isOnline = false
    clock.advance(31 * 60_000)
    expect(await bootstrap.endpoints()).toEqual(found)
    setNames(['c.example:1'])
    expect(await bootstrap.endpoints()).toEqual([])
  })
})
