import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../env/system-env.ts'
import { parseName } from '../../names/parse-name.ts'
import { createCanary } from './canary.ts'

describe('createCanary', () => {
  it.each(['nostr', 'pkarr', 'key'])(
    'uses a new name below .%s each time, one that no system can own',
    (suffix) => {
      const canary = createCanary(systemRandom)
      const names = Array.from({ length: 50 }, () => canary.begin(suffix).name)
      expect(new Set(names).size).toBe(50)
      for (const name of names) {
        expect([name, parseName(name).kind]).toEqual([name, 'invalid'])
        expect(name).toMatch(/^canary\.[0-9a-f]{32}\.[a-z]+$/u)
        expect(name.endsWith(`.${suffix}`)).toBe(true)
      }
    },
  )

  it('answers only while the probe is under way, and notes that it was asked', () => {
    const canary = createCanary(systemRandom)
    const probe = canary.begin('nostr')
    expect(probe.wasAsked()).toBe(false)
    expect(canary.answersCanary('canary.0123456789abcdef0123456789abcdef.nostr')).toBeUndefined()
    expect(probe.wasAsked()).toBe(false)
    expect(canary.answersCanary(probe.name)).toBe(probe.address)
    expect(probe.wasAsked()).toBe(true)
    probe.end()
    expect(canary.answersCanary(probe.name)).toBeUndefined()
  })

  it('draws addresses that stay on this computer and are nobody else’s', () => {
    const canary = createCanary(systemRandom)
    const addresses = Array.from({ length: 50 }, () => canary.begin('nostr').address)
    for (const address of addresses)
      expect(address).toMatch(/^127\.(?:6[4-9]|[789]\d|1[01]\d|12[0-7])\./u)
    expect(new Set(addresses).size).toBeGreaterThan(45)
  })
})
