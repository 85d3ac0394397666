import type { Clock } from '../env/env.ts'
import type { Logger } from '../env/logger.ts'
import type { Name, OwnerKey } from '../names/name.ts'
import { parseName } from '../names/parse-name.ts'
import type { ErrorQuery } from './answers/error-answer.ts'
import { writeError } from './answers/error-answer.ts'
import {
  answerAny,
  answerCanary,
  answerInvalid,
  answerLinkLocal,
  answerSecret,
  answerSpecial,
  answerSuffix,
} from './answers/local-zone.ts'
import type { ManagedAnswers } from './answers/managed-answers.ts'
import type { Resolved } from './answers/resolved.ts'
import type { AnswerStore } from './cache/answer-store.ts'
import { renderAnswer } from './cache/render-answer.ts'
import type { EntryRef, WireCache } from './cache/wire-cache.ts'
import type { ForwardResult, Forwarder } from './forwarder/forwarder.ts'
import type { Job, Jobs, Waiter } from './jobs.ts'
import { createJobs } from './jobs.ts'
import type { Endpoint, LateReply, QueryHandler } from './listeners/transport.ts'
import { judgeOddQuery } from './odd-query.ts'
import { streamLimit } from './packet-layout.ts'
import type { PacketPool } from './packet-pool.ts'
import { copyQuestion } from './packet-pool.ts'
import type { QueryCounters } from './query-counters.ts'
import { createQuestionNameReader } from './question-name.ts'
import type { QueryScan, QueryScanner } from './query-scanner.ts'
import { shapeDnssecOk } from './query-scanner.ts'
import type { DnsName, ExtendedError, RecordType } from './wire/message.ts'
import { extendedErrors, rcodes } from './wire/message.ts'
import { nameKey } from './wire/domain-name.ts'
import { typeFromCode } from './wire/record-type.ts'

// QTYPEs that are not record types (RFC 6895 s.3.1).
const typeAny = 255
const typeAxfr = 252
const typeIxfr = 251
const isMetaType = (type: number): boolean =>
  (type >= 128 && type <= 255) || type === 41 || type === 0

/** RFC 8767 s.5: after a failed refresh, stale data is served at once for this long. Seconds. */
const staleRetrySeconds = 30

/** A managed name was looked up, not merely found in the cache. */
export interface ManagedQuery {
  /** Lower case. */
  readonly name: DnsName
  readonly type: RecordType
  readonly resolved: Resolved
}

export interface QueryServerDeps {
  readonly clock: Clock
  readonly log: Logger
  readonly scanner: QueryScanner
  readonly cache: WireCache
  readonly store: AnswerStore
  readonly counters: QueryCounters
  readonly forwarder: Forwarder
  readonly pool: PacketPool
  readonly managed: ManagedAnswers
  /** Address of a name by which this program looks for itself; undefined for every other name. */
  readonly answersCanary: (name: DnsName) => string | undefined
  onManagedQuery(query: ManagedQuery): void
}

/** Answers queries of every listener: cache first, then rules, systems and upstreams. */
export interface QueryServer extends QueryHandler {
  setEnabled(enabled: boolean): void
  invalidate(owner: OwnerKey): void
  /** Drops every answer, also those of look-ups under way once their clients have them. */
  clear(): void
  /** Look-ups under way. */
  pending(): number
  stop(): void
}

export function createQueryServer(deps: QueryServerDeps): QueryServer {
  const { clock, log, scanner, cache, store, counters, forwarder, pool, managed } = deps
  const scan = scanner.result
  const questionName = createQuestionNameReader()
  const lateScratch = new Uint8Array(streamLimit)
  let isEnabled = true
  let maxAge = 0
  /** Counts how often everything was dropped. */
  let era = 0

  const nowSeconds = (): number => Math.floor(clock.nowMs() / 1000)

  const remaining = (ref: EntryRef, now: number): number =>
    Math.max(0, cache.view(ref).expiresAt - now)

  /** Answers one waiting client with an entry. */
  const replyFrom = (waiter: Waiter, ref: EntryRef, now: number, stale: boolean): void => {
    const length = renderAnswer(
      cache,
      ref,
      waiter.query,
      waiter,
      lateScratch,
      waiter.limit,
      now,
      stale,
    )
    waiter.reply(lateScratch, length, stale ? 0 : remaining(ref, now))
  }

  /** Takes the clients of `job` to answer them; their memory goes back through `release`. */
  const takeWaiters = (job: Job): Waiter[] => {
    const { waiters } = job
    job.waiters = []
    return waiters
  }

  const release = (job: Job, waiter: Waiter): void => {
    if (waiter.query !== job.query) pool.give(waiter.query)
  }

  const replyError = (job: Job, rcode: number, error: ExtendedError): void => {
    for (const waiter of takeWaiters(job)) {
      const query = errorQuery(waiter)
      waiter.reply(lateScratch, writeError(waiter.query, query, lateScratch, rcode, error), 0)
      release(job, waiter)
    }
  }

  const replyAll = (job: Job, ref: EntryRef, now: number, stale: boolean): void => {
    let usesStream = false
    for (const waiter of takeWaiters(job)) {
      replyFrom(waiter, ref, now, stale)
      release(job, waiter)
      usesStream ||= waiter.limit === streamLimit
    }
    // Batched sockets call back outside Node's callback scope, where promises and ticks (streams and
    // our own look-ups need them) would wait for the next ordinary event: give the loop one.
    if (usesStream) setImmediate(() => undefined)
  }

  /** The expired answer for `job`, if it may be served. */
  const staleRef = (job: Job): EntryRef => {
    const ref = cache.find(job.query, job.key)
    return ref !== 0 && cache.isUsableStale(ref, nowSeconds()) ? ref : 0
  }

  const jobs: Jobs = createJobs(clock, pool, {
    onStaleDue(job) {
      const ref = staleRef(job)
      if (ref !== 0) replyAll(job, ref, nowSeconds(), true)
    },
    onTimeout(job) {
      const ref = job.hasStale ? staleRef(job) : 0
      counters.failures += 1
      if (ref !== 0) replyAll(job, ref, nowSeconds(), true)
      else {
        replyError(job, rcodes.SERVFAIL, {
          code: extendedErrors.noReachableAuthority,
          text: 'no answer in time',
        })
      }
    },
  })

  const waiterFor = (query: Uint8Array, limit: number, reply: LateReply): Waiter => ({
    query,
    questionEnd: scan.questionEnd,
    hasEdns: scan.hasEdns,
    shape: scan.shape,
    limit,
    reply,
  })

  const finishForward = (job: Job, result: ForwardResult): void => {
    if (job.isOver) return
    jobs.finish(job)
    const now = nowSeconds()
    if (result.ok) {
      const ref = store.putForwarded(result.packet, result.scan, job.query, job.key, now)
      replyAll(job, ref, now, false)
      cache.discard(ref)
    } else {
      counters.failures += 1
      const stale = job.hasStale ? staleRef(job) : 0
      if (stale === 0) {
        replyAll(job, store.putFailure(result.options, job.query, job.key, now), now, false)
      } else {
        cache.delayRetry(stale, now + staleRetrySeconds)
        replyAll(job, stale, now, true)
      }
    }
    jobs.release(job)
  }

  const startManaged = (job: Job, qname: DnsName, name: Name): void => {
    const type = typeFromCode(job.type)
    const signal = job.abort?.signal ?? AbortSignal.abort()
    const begunIn = era
    const finish = (resolved: Resolved): void => {
      if (resolved.rcode === rcodes.SERVFAIL) counters.failures += 1
      deps.onManagedQuery({ name: qname, type, resolved })
      if (job.isOver) return
      jobs.finish(job)
      const isCurrent =
        begunIn === era && !resolved.owners.some((owner) => job.invalidated?.has(owner) === true)
      const now = nowSeconds()
      const ref = store.putResolved(resolved, qname, type, job.query, job.key, now, isCurrent)
      replyAll(job, ref, now, false)
      cache.discard(ref)
      jobs.release(job)
    }
    // Out of the socket's callback: promises only make progress between callbacks.
    setImmediate(() => {
      managed
        .resolve(qname, name, type, signal)
        .then(finish)
        .catch((error: unknown) => {
          log.error('answering failed', { error })
          counters.failures += 1
          if (job.isOver) return
          jobs.finish(job)
          replyError(job, rcodes.SERVFAIL, { code: extendedErrors.other, text: 'internal error' })
          jobs.release(job)
        })
    })
  }

  /** Stores an answer that is known at once and renders it into `out`. */
  const answerNow = (
    resolved: Resolved,
    name: DnsName,
    type: RecordType,
    packet: Uint8Array,
    out: Uint8Array,
    limit: number,
  ): number => {
    const now = nowSeconds()
    const ref = store.putResolved(resolved, name, type, packet, scan, now, true)
    const length = renderAnswer(cache, ref, packet, scan, out, limit, now, false)
    maxAge = resolved.isCacheable ? remaining(ref, now) : 0
    cache.discard(ref)
    return length
  }

  const errorNow = (
    packet: Uint8Array,
    out: Uint8Array,
    rcode: number,
    error?: ExtendedError,
  ): number => {
    maxAge = 0
    if (rcode === rcodes.REFUSED) counters.refused += 1
    return writeError(packet, errorQuery(scan), out, rcode, error)
  }

  /** Answers what the cache does not have. */
  const answerMiss = (
    packet: Uint8Array,
    nowMs: number,
    out: Uint8Array,
    limit: number,
    endpoint: Endpoint,
    capture: () => LateReply,
    staleEntry: EntryRef,
  ): number => {
    if (isMetaType(scan.type) && scan.type !== typeAny) {
      const isTransfer = scan.type === typeAxfr || scan.type === typeIxfr
      return errorNow(packet, out, isTransfer ? rcodes.REFUSED : rcodes.FORMERR)
    }
    const text = questionName(packet)
    const name = parseName(text)
    const type = typeFromCode(scan.type)
    const isOurs = isManagedName(name)
    if (name.kind === 'secret') {
      // Straight from the packet: a secret key must not stay in the cache's memory.
      counters.managed += 1
      return errorNow(packet, out, rcodes.NXDOMAIN, {
        code: extendedErrors.other,
        text: 'this looks like a secret key; it was not looked up',
      })
    }
    if (!isOurs && endpoint === 'split') {
      return errorNow(packet, out, rcodes.REFUSED, {
        code: extendedErrors.notSupported,
        text: 'this server answers managed names only',
      })
    }
    const canary = name.kind === 'invalid' ? deps.answersCanary(nameKey(text)) : undefined
    if (canary !== undefined) {
      const answer = answerCanary(nameKey(text), type, canary)
      return answerNow(answer, nameKey(text), type, packet, out, limit)
    }
    if (isOurs && !isEnabled) {
      return errorNow(packet, out, rcodes.REFUSED, {
        code: extendedErrors.other,
        text: 'resolution is switched off',
      })
    }
    if (isOurs) counters.managed += 1
    if (name.kind !== 'foreign' || scan.type === typeAny) {
      const local = answerLocally(name, nameKey(text), type)
      if (local) return answerNow(local, nameKey(text), type, packet, out, limit)
    }
    const running = jobs.find(packet, scan)
    if (running) {
      const query = copyQuestion(packet, scan.questionEnd, pool.take())
      running.waiters.push(waiterFor(query, limit, capture()))
      return 0
    }
    const kind = isOurs ? 'managed' : 'forwarded'
    const job = jobs.start(kind, packet, scan, nowMs, staleEntry !== 0)
    if (!job) {
      counters.failures += 1
      return errorNow(packet, out, rcodes.SERVFAIL, {
        code: extendedErrors.other,
        text: 'too many questions at once',
      })
    }
    job.waiters.push(waiterFor(job.query, limit, capture()))
    if (isOurs) {
      startManaged(job, nameKey(text), name)
    } else {
      counters.forwarded += 1
      forwarder.ask(job, nowMs, finishForward)
    }
    return 0
  }

  const answerOdd = (
    packet: Uint8Array,
    length: number,
    nowMs: number,
    out: Uint8Array,
    transport: 'udp' | 'stream',
    endpoint: Endpoint,
    capture: () => LateReply,
  ): number => {
    const verdict = judgeOddQuery(packet, length, out)
    maxAge = 0
    if (verdict.kind === 'error') return verdict.length
    const { query } = verdict
    if (scanner.scan(query, query.length) !== 'plain') return 0
    return answerPlain(query, nowMs, out, transport, endpoint, capture)
  }

  const answerPlain = (
    packet: Uint8Array,
    nowMs: number,
    out: Uint8Array,
    transport: 'udp' | 'stream',
    endpoint: Endpoint,
    capture: () => LateReply,
  ): number => {
    const now = Math.floor(nowMs / 1000)
    const limit = transport === 'udp' ? scan.udpLimit : streamLimit
    const ref = cache.find(packet, scan)
    if (ref === 0) return answerMiss(packet, nowMs, out, limit, endpoint, capture, 0)
    const isOurs = cache.isManaged(ref)
    const isServable = isOurs ? isEnabled : endpoint !== 'split'
    if (isServable && cache.isFresh(ref, now)) {
      counters.cacheHits += 1
      if (isOurs) {
        counters.managed += 1
        cache.countOwnerHit(ref, now)
      }
      const written = renderAnswer(cache, ref, packet, scan, out, limit, now, false)
      maxAge = remaining(ref, now)
      return written
    }
    const isStale = isServable && !isOurs && cache.isUsableStale(ref, now)
    if (isStale && cache.isRetryDelayed(ref, now)) {
      counters.cacheHits += 1
      maxAge = 0
      return renderAnswer(cache, ref, packet, scan, out, limit, now, true)
    }
    return answerMiss(packet, nowMs, out, limit, endpoint, capture, isStale ? ref : 0)
  }

  return {
    handle(packet, length, out, transport, endpoint, capture) {
      const verdict = scanner.scan(packet, length)
      if (verdict === 'ignore') return 0
      const nowMs = clock.nowMs()
      counters.query(Math.floor(nowMs / 1000))
      return verdict === 'plain'
        ? answerPlain(packet, nowMs, out, transport, endpoint, capture)
        : answerOdd(packet, length, nowMs, out, transport, endpoint, capture)
    },
    maxAge: () => maxAge,
    setEnabled(enabled) {
      isEnabled = enabled
    },
    invalidate(owner) {
      jobs.invalidate(owner)
      cache.invalidate(owner)
    },
    clear() {
      era += 1
      cache.clear()
    },
    pending: () => jobs.count(),
    stop: () => jobs.stop(),
  }
}

function errorQuery(query: Pick<QueryScan, 'questionEnd' | 'hasEdns' | 'shape'>): ErrorQuery {
  return {
    questionEnd: query.questionEnd,
    hasEdns: query.hasEdns,
    dnssecOk: (query.shape & shapeDnssecOk) !== 0,
  }
}

/** Names this program answers for on every endpoint, and forwards never. */
export function isManagedName(name: Name): boolean {
  return name.kind !== 'foreign' && name.kind !== 'special' && name.kind !== 'mdns'
}

/** The answer to names that need no system and no upstream. */
export function answerLocally(name: Name, qname: DnsName, type: RecordType): Resolved | undefined {
  if (name.kind === 'secret') return answerSecret(type)
  if (type === 'ANY') return answerAny(qname)
  if (name.kind === 'suffix') return answerSuffix(qname, type, name.suffix)
  if (name.kind === 'invalid') return answerInvalid(qname, type, name.suffix, name.reason)
  if (name.kind === 'mdns') return answerLinkLocal(qname, type)
  return name.kind === 'special' ? answerSpecial(qname, type, name.suffix) : undefined
}
