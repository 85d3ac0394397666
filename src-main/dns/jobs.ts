import type { Clock, Unsubscribe } from '../env/env.ts'
import type { OwnerKey } from '../names/name.ts'
import type { LateReply } from './listeners/transport.ts'
import { fold, headerLength } from './packet-layout.ts'
import type { QueryScan } from './query-scanner.ts'

/** A client waiting for the answer of a job. */
export interface Waiter {
  readonly query: Uint8Array
  readonly questionEnd: number
  readonly hasEdns: boolean
  readonly shape: number
  /** Octets the client can take. */
  readonly limit: number
  readonly reply: LateReply
}

/** One question being looked up for all clients that ask it meanwhile. */
export interface Job {
  readonly id: string
  readonly kind: 'managed' | 'forwarded'
  /** The first client's query; its question and `key` identify the answer in the cache. */
  readonly query: Uint8Array
  readonly key: { readonly hash: number; readonly shape: number; readonly questionEnd: number }
  readonly type: number
  waiters: Waiter[]
  readonly startedMs: number
  readonly abort: AbortController | undefined
  /** Owners whose data changed while this job ran: its answer may be old already. */
  readonly invalidated: Set<OwnerKey>
  /** An expired answer to fall back on (RFC 8767). */
  readonly hasStale: boolean
  isOver: boolean
}

/** RFC 8767 s.5: how long a client waits for fresh data before it gets stale data. Milliseconds. */
export const staleAfterMs = 1_800
/** Every client is answered by then; stub resolvers give up at five seconds. Milliseconds. */
export const answerWithinMs = 3_800
/** Look-ups running at once: each may open relay connections. */
export const maxManagedJobs = 256
/** Forwarded questions running at once. */
export const maxForwardedJobs = 2048
const sweepMs = 100

export interface JobEvents {
  /** The clients of `job` should get stale data now. */
  onStaleDue(job: Job): void
  /** `job` ran out of time; it is over. */
  onTimeout(job: Job): void
}

/** The look-ups under way, one per question. */
export interface Jobs {
  /** The same for all queries with the same answer. Valid for `find` and `start`. */
  idOf(packet: Uint8Array, scan: QueryScan): string
  find(id: string): Job | undefined
  /** Undefined when as many as allowed are running. */
  start(
    id: string,
    kind: Job['kind'],
    packet: Uint8Array,
    length: number,
    scan: QueryScan,
    hasStale: boolean,
  ): Job | undefined
  finish(job: Job): void
  /** Notes that `owner`'s data changed for the jobs under way. */
  invalidate(owner: OwnerKey): void
  count(): number
  stop(): void
}

export function createJobs(clock: Clock, events: JobEvents): Jobs {
  const jobs = new Map<string, Job>()
  const running = { managed: 0, forwarded: 0 }
  const scratch = Buffer.alloc(512)
  let cancelSweep: Unsubscribe | undefined

  const finish = (job: Job): void => {
    if (job.isOver) return
    job.isOver = true
    running[job.kind] -= 1
    jobs.delete(job.id)
  }

  const sweep = (): void => {
    const now = clock.nowMs()
    for (const job of jobs.values()) {
      const age = now - job.startedMs
      if (age >= answerWithinMs) {
        finish(job)
        job.abort?.abort()
        events.onTimeout(job)
      } else if (job.hasStale && age >= staleAfterMs && job.waiters.length > 0) {
        events.onStaleDue(job)
      }
    }
    cancelSweep = jobs.size > 0 ? clock.schedule(sweepMs, sweep) : undefined
  }

  return {
    idOf(packet, scan) {
      const size = scan.questionEnd - headerLength
      for (let at = 0; at < size; at += 1) {
        scratch[at] = fold[packet[at + headerLength] ?? 0] ?? 0
      }
      scratch[size] = scan.shape
      return scratch.toString('latin1', 0, size + 1)
    },
    find: (id) => jobs.get(id),
    start(id, kind, packet, length, scan, hasStale) {
      if (running[kind] >= (kind === 'managed' ? maxManagedJobs : maxForwardedJobs)) {
        return undefined
      }
      const job: Job = {
        id,
        kind,
        query: copyOf(packet, length),
        key: { hash: scan.hash, shape: scan.shape, questionEnd: scan.questionEnd },
        type: scan.type,
        waiters: [],
        startedMs: clock.nowMs(),
        abort: kind === 'managed' ? new AbortController() : undefined,
        invalidated: new Set(),
        hasStale,
        isOver: false,
      }
      running[kind] += 1
      jobs.set(id, job)
      cancelSweep ??= clock.schedule(sweepMs, sweep)
      return job
    },
    finish,
    invalidate(owner) {
      for (const job of jobs.values()) if (job.kind === 'managed') job.invalidated.add(owner)
    },
    count: () => jobs.size,
    stop() {
      cancelSweep?.()
      cancelSweep = undefined
      for (const job of jobs.values()) {
        job.isOver = true
        job.abort?.abort()
      }
      jobs.clear()
    },
  }
}

/** The first `length` octets of memory that is about to be reused. */
export function copyOf(packet: Uint8Array, length: number): Uint8Array {
  const copy = Buffer.allocUnsafe(length)
  for (let at = 0; at < length; at += 1) copy[at] = packet[at] ?? 0
  return copy
}
