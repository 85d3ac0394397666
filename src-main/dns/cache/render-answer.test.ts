import { describe, expect, it } from 'vitest'
import { systemRandom } from '../../env/system-env.ts'
import { encodeExtendedError } from '../answers/error-answer.ts'
import { createQueryScanner } from '../query-scanner.ts'
import { aRecord, edeOf, queryBytes, responseTo } from '../testing/messages.ts'
import { decodeMessage } from '../wire/decode.ts'
import type { Message } from '../wire/message.ts'
import { renderAnswer } from './render-answer.ts'
import { scanResponse } from './response-scanner.ts'
import type { WireCache } from './wire-cache.ts'
import { createWireCache } from './wire-cache.ts'

const scanner = createQueryScanner(systemRandom)
const options = { slabBytes: 64 * 1024, segmentBytes: 32 * 1024, slots: 64 }

function store(cache: WireCache, ttls: readonly number[], ede?: string): number {
  const query = queryBytes('www.example.com', 'A')
  const message = responseTo(decodeMessage(query), {
    answers: ttls.map((ttl, index) => aRecord('www.example.com', `203.0.113.${index}`, ttl)),
  })
  const scan = scanResponse(message, message.length)
  scanner.scan(query, query.length)
  return cache.put({
    key: scanner.result,
    query,
    message,
    messageLength: scan?.messageLength ?? 0,
    options: ede === undefined ? new Uint8Array(0) : encodeExtendedError({ code: 0, text: ede }),
    ttlOffsets: scan?.ttlOffsets ?? [],
    storedAt: 1000,
    expiresAt: 1000 + Math.min(...ttls),
    staleUntil: 9000,
    isManaged: false,
    owners: [],
    isCacheable: true,
  })
}

function render(
  cache: WireCache,
  ref: number,
  query: Uint8Array,
  now: number,
  facts: { limit?: number; stale?: boolean } = {},
): Message {
  scanner.scan(query, query.length)
  const out = new Uint8Array(4096)
  const { result } = scanner
  const limit = facts.limit ?? 1232
  const length = renderAnswer(cache, ref, query, result, out, limit, now, facts.stale ?? false)
  expect(length).toBeLessThanOrEqual(limit)
  return decodeMessage(out.subarray(0, length))
}

describe('rendering a cached answer', () => {
  it('patches id, RD, CD and the case of the question', () => {
    const cache = createWireCache(options)
    const ref = store(cache, [300])
    const query = queryBytes('WWW.eXample.com', 'A', {
      id: 0xbeef,
      overrides: { recursionDesired: false, checkingDisabled: true },
    })
    expect(render(cache, ref, query, 1000)).toMatchObject({
      id: 0xbeef,
      isResponse: true,
      recursionDesired: false,
      recursionAvailable: true,
      checkingDisabled: true,
      questions: [{ name: 'WWW.eXample.com' }],
      answers: [{ name: 'WWW.eXample.com', ttl: 300 }],
    })
    const plain = render(cache, ref, queryBytes('www.example.com', 'A', { id: 1 }), 1000)
    expect(plain).toMatchObject({ id: 1, recursionDesired: true, checkingDisabled: false })
  })

  it('lowers every TTL by the age, never below zero', () => {
    const cache = createWireCache(options)
    const ref = store(cache, [300, 70_000, 120])
    const ttls = (now: number): number[] =>
      render(cache, ref, queryBytes('www.example.com', 'A'), now).answers.map(({ ttl }) => ttl)
    expect(ttls(1000)).toEqual([300, 70_000, 120])
    expect(ttls(1119)).toEqual([181, 69_881, 1])
    expect(ttls(1200)).toEqual([100, 69_800, 0])
  })

  it('sends 30 second TTLs and EDE 3 when stale', () => {
    const cache = createWireCache(options)
    const ref = store(cache, [300, 600], 'own text')
    const query = queryBytes('www.example.com', 'A', { edns: {} })
    const stale = render(cache, ref, query, 5000, { stale: true })
    expect(stale.answers.map(({ ttl }) => ttl)).toEqual([30, 30])
    expect(edeOf(stale)).toBe('3')
    expect(edeOf(render(cache, ref, query, 1000))).toBe('own text'.padStart(10, '0 '))
  })

  it('adds OPT only for clients that sent one, with their DO bit', () => {
    const cache = createWireCache(options)
    const ref = store(cache, [300], 'note')
    const without = render(cache, ref, queryBytes('www.example.com', 'A'), 1000)
    expect(without.edns).toBeUndefined()
    const query = queryBytes('www.example.com', 'A', { edns: { dnssecOk: true } })
    const withOpt = render(cache, ref, query, 1000)
    expect(withOpt.edns).toMatchObject({ udpPayloadSize: 1232, dnssecOk: true, version: 0 })
  })

  it('turns an answer over the limit into the question with TC', () => {
    const cache = createWireCache(options)
    const ttls = Array.from({ length: 60 }, () => 300)
    const ref = store(cache, ttls)
    const query = queryBytes('www.example.com', 'A', { edns: {} })
    const cut = render(cache, ref, query, 1000, { limit: 512 })
    expect(cut).toMatchObject({ truncated: true, answers: [], authorities: [] })
    expect(cut.edns?.udpPayloadSize).toBe(1232)
    const whole = render(cache, ref, query, 1000)
    expect(whole).toMatchObject({ truncated: false })
    expect(whole.answers).toHaveLength(60)
  })
})
