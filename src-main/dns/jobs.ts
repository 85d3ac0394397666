import type { Clock, Unsubscribe } from '../env/env.ts'
import type { OwnerKey } from '../names/name.ts'
import type { LateReply } from './listeners/transport.ts'
import { fold, headerLength } from './packet-layout.ts'
import type { PacketPool } from './packet-pool.ts'
import { copyQuestion } from './packet-pool.ts'
import type { QueryScan } from './query-scanner.ts'

/** A client waiting for the answer of a job. */
export interface Waiter {
  /** Header and question of its query. */
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
  readonly kind: 'managed' | 'forwarded'
  /** Header and question of the first client's query; with `key` they identify the answer. */
  readonly query: Uint8Array
  readonly key: { readonly hash: number; readonly shape: number; readonly questionEnd: number }
  readonly type: number
  waiters: Waiter[]
  readonly startedMs: number
  readonly abort: AbortController | undefined
  /** Owners whose data changed while this job ran, if any: its answer may be old already. */
  invalidated: Set<OwnerKey> | undefined
  /** An expired answer to fall back on (RFC 8767). */
  readonly hasStale: boolean
  isOver: boolean
  /** The next job with the same hash. */
  next: Job | undefined
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
  /** The job for the question in `packet`, if there is one. */
  find(packet: Uint8Array, scan: QueryScan): Job | undefined
  /** Undefined when as many as allowed are running. There must not be one for the question. */
  start(
    kind: Job['kind'],
    packet: Uint8Array,
    scan: QueryScan,
    nowMs: number,
    hasStale: boolean,
  ): Job | undefined
  /** Takes the job off the list; its memory goes back when `release` is called. */
  finish(job: Job): void
  /** Gives the job's packet back; `job.query` must not be read afterwards. */
  release(job: Job): void
  /** Notes that `owner`'s data changed for the jobs under way. */
  invalidate(owner: OwnerKey): void
  count(): number
  stop(): void
}

export function createJobs(clock: Clock, pool: PacketPool, events: JobEvents): Jobs {
  /** First job of each hash. */
  const jobs = new Map<number, Job>()
  const running = { managed: 0, forwarded: 0 }
  let cancelSweep: Unsubscribe | undefined

  const isFor = (job: Job, packet: Uint8Array, scan: QueryScan): boolean => {
    if (job.key.questionEnd !== scan.questionEnd || job.key.shape !== scan.shape) return false
    for (let at = headerLength; at < scan.questionEnd; at += 1) {
      if (fold[job.query[at] ?? 0] !== fold[packet[at] ?? 0]) return false
    }
    return true
  }

  const finish = (job: Job): void => {
    if (job.isOver) return
    job.isOver = true
    running[job.kind] -= 1
    const { hash } = job.key
    const first = jobs.get(hash)
    if (first === job) {
      if (job.next) jobs.set(hash, job.next)
      else jobs.delete(hash)
      return
    }
    for (let other = first; other; other = other.next) {
      if (other.next === job) other.next = job.next
    }
  }

  const forEach = (task: (job: Job) => void): void => {
    for (const first of jobs.values()) {
      for (let job: Job | undefined = first; job; job = job.next) task(job)
    }
  }

  const sweep = (): void => {
    const now = clock.nowMs()
    forEach((job) => {
      const age = now - job.startedMs
      if (age >= answerWithinMs) {
        finish(job)
        job.abort?.abort()
        events.onTimeout(job)
      } else if (job.hasStale && age >= staleAfterMs && job.waiters.length > 0) {
        events.onStaleDue(job)
      }
    })
    cancelSweep = jobs.size > 0 ? clock.schedule(sweepMs, sweep) : undefined
  }

  return {
    find(packet, scan) {
      let job = jobs.get(scan.hash)
      while (job && !isFor(job, packet, scan)) job = job.next
      return job
    },
    start(kind, packet, scan, nowMs, hasStale) {
      if (running[kind] >= (kind === 'managed' ? maxManagedJobs : maxForwardedJobs)) {
        return undefined
      }
      const job: Job = {
        kind,
        query: copyQuestion(packet, scan.questionEnd, pool.take()),
        key: { hash: scan.hash, shape: scan.shape, questionEnd: scan.questionEnd },
        type: scan.type,
        waiters: [],
        startedMs: nowMs,
        abort: kind === 'managed' ? new AbortController() : undefined,
        invalidated: undefined,
        hasStale,
        isOver: false,
        next: jobs.get(scan.hash),
      }
      running[kind] += 1
      jobs.set(scan.hash, job)
      cancelSweep ??= clock.schedule(sweepMs, sweep)
      return job
    },
    finish,
    release: (job) => pool.give(job.query),
    invalidate(owner) {
      forEach((job) => {
        if (job.kind === 'managed') (job.invalidated ??= new Set()).add(owner)
      })
    },
    count: () => running.managed + running.forwarded,
    stop() {
      cancelSweep?.()
      cancelSweep = undefined
      forEach((job) => {
        job.isOver = true
        job.abort?.abort()
      })
      jobs.clear()
    },
  }
}
