import { describe, expect, it } from 'vitest'
import type { RandomSource } from '../../env/env.ts'
import { systemRandom } from '../../env/system-env.ts'
import { createQueryScanner } from '../query-scanner.ts'
import { queryBytes } from '../testing/messages.ts'
import type { CacheInput, WireCache } from './wire-cache.ts'
import { createWireCache } from './wire-cache.ts'

const small = { slabBytes: 16 * 1024, segmentBytes: 4 * 1024, slots: 64 }
const scanner = createQueryScanner(systemRandom)

function keyOf(query: Uint8Array): CacheInput['key'] & { readonly query: Uint8Array } {
  expect(scanner.scan(query, query.length)).toBe('plain')
  const { hash, shape, questionEnd } = scanner.result
  return { hash, shape, questionEnd, query }
}

function put(cache: WireCache, query: Uint8Array, facts: Partial<CacheInput> = {}): number {
  return cache.put({
    key: keyOf(query),
    query,
    message: query,
    messageLength: query.length,
    options: new Uint8Array(0),
    ttlOffsets: [],
    storedAt: 1000,
    expiresAt: 1300,
    staleUntil: 0,
    isManaged: false,
    owners: [],
    isCacheable: true,
    ...facts,
  })
}

const find = (cache: WireCache, query: Uint8Array): number => cache.find(query, keyOf(query))

/** A table in which every name collides. */
const constantRandom: RandomSource = { bytes: (length) => new Uint8Array(length) }

describe('wire cache', () => {
  it('finds an answer in any case of the name, and by type and DO bit only', () => {
    const cache = createWireCache(small)
    const ref = put(cache, queryBytes('www.Example.com', 'A'))
    expect(find(cache, queryBytes('WWW.example.COM', 'A'))).toBe(ref)
    expect(find(cache, queryBytes('www.example.com', 'A', { edns: {} }))).toBe(ref)
    expect(find(cache, queryBytes('www.example.com', 'AAAA'))).toBe(0)
    expect(find(cache, queryBytes('www.example.com', 'A', { edns: { dnssecOk: true } }))).toBe(0)
    expect(
      find(cache, queryBytes('www.example.com', 'A', { overrides: { checkingDisabled: true } })),
    ).toBe(0)
    expect(find(cache, queryBytes('ww.wexample.com', 'A'))).toBe(0)
  })

  it('is fresh before expiry, stale until the limit, and never both', () => {
    const cache = createWireCache(small)
    const ref = put(cache, queryBytes('a.example', 'A'), { expiresAt: 1300, staleUntil: 2000 })
    expect([cache.isFresh(ref, 1299), cache.isFresh(ref, 1300)]).toEqual([true, false])
    expect([cache.isUsableStale(ref, 1999), cache.isUsableStale(ref, 2000)]).toEqual([true, false])
  })

  it('replaces an answer for the same question', () => {
    const cache = createWireCache(small)
    put(cache, queryBytes('a.example', 'A'))
    const second = put(cache, queryBytes('A.EXAMPLE', 'A'), { expiresAt: 9999 })
    expect(find(cache, queryBytes('a.example', 'A'))).toBe(second)
    expect(cache.size()).toBe(1)
  })

  it('drops exactly the entries of an owner, shared ones included', () => {
    const cache = createWireCache(small)
    const query = (label: string) => queryBytes(`${label}.example`, 'A')
    put(cache, query('a'), { owners: ['alice'] })
    put(cache, query('b'), { owners: ['bob'] })
    put(cache, query('ab'), { owners: ['alice', 'bob'] })
    put(cache, query('none'))
    expect(cache.invalidate('alice')).toBe(2)
    const left = ['a', 'b', 'ab', 'none'].filter((label) => find(cache, query(label)) !== 0)
    expect(left).toEqual(['b', 'none'])
    expect(cache.invalidate('alice')).toBe(0)
    expect(cache.invalidate('bob')).toBe(1)
    expect(cache.size()).toBe(1)
  })

  it('counts hits per owner', () => {
    const cache = createWireCache(small)
    const ref = put(cache, queryBytes('a.example', 'A'), { owners: ['alice', 'bob'] })
    cache.countOwnerHit(ref, 1001)
    cache.countOwnerHit(ref, 1002)
    expect(cache.takeOwnerHits().toSorted((a, b) => a.owner.localeCompare(b.owner))).toEqual([
      { owner: 'alice', hits: 2, lastHit: 1002 },
      { owner: 'bob', hits: 2, lastHit: 1002 },
    ])
    expect(cache.takeOwnerHits()).toEqual([])
  })

  it('wipes an answer that must not stay', () => {
    const cache = createWireCache(small)
    const query = queryBytes('nsec-like.example', 'A')
    const ref = put(cache, query, { isCacheable: false })
    expect(find(cache, query)).toBe(0)
    expect(Buffer.from(cache.slab).includes('nsec-like')).toBe(true)
    cache.discard(ref)
    expect(Buffer.from(cache.slab).includes('nsec-like')).toBe(false)
    expect(put(cache, queryBytes('next.example', 'A'))).toBe(ref)
  })

  it.each([
    ['a seeded hash', systemRandom],
    ['colliding hashes', constantRandom],
  ])('agrees with a plain map through 20,000 random steps and evictions, %s', (_what, random) => {
    const scan = createQueryScanner(random)
    const cache = createWireCache({ slabBytes: 64 * 1024, segmentBytes: 8 * 1024, slots: 1024 })
    const model = new Map<string, { expiresAt: number; owner: string }>()
    let state = 7
    const next = (limit: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
      return (state >>> 8) % limit
    }
    let found = 0
    const wrong: string[] = []
    for (let step = 1; step <= 20_000; step += 1) {
      const name = `n${next(800)}.example`
      const query = queryBytes(name, 'A')
      scan.scan(query, query.length)
      const { hash, shape, questionEnd } = scan.result
      const key = { hash, shape, questionEnd }
      const action = next(20)
      if (action === 0) {
        const owner = `owner${next(40)}`
        cache.invalidate(owner)
        for (const [held, entry] of model) if (entry.owner === owner) model.delete(held)
      } else if (action < 8) {
        const owner = `owner${next(40)}`
        put(cache, query, { key, expiresAt: step, owners: [owner] })
        model.set(name, { expiresAt: step, owner })
      } else {
        const ref = cache.find(query, key)
        const expected = model.get(name)
        // Evicted entries may be missing; present ones must be the newest for the name.
        if (ref === 0) continue
        found += 1
        if (cache.view(ref).expiresAt !== expected?.expiresAt) wrong.push(`${step} ${name}`)
      }
    }
    expect(wrong).toEqual([])
    expect(found).toBeGreaterThan(1000)
    expect(cache.size()).toBeLessThanOrEqual(768)
    cache.clear()
    expect(cache.size()).toBe(0)
  })

  it('seeds the hash per scanner', () => {
    const query = queryBytes('www.example.com', 'A')
    const hashes = new Set(
      Array.from({ length: 8 }, () => {
        const own = createQueryScanner(systemRandom)
        own.scan(query, query.length)
        return own.result.hash
      }),
    )
    expect(hashes.size).toBeGreaterThan(1)
  })
})
