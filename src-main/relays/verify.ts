import { Worker } from 'node:worker_threads'
import type { Event } from 'nostr-tools/pure'
import { defaultMaxEventBytes, readEvent, type EventFault } from './event-shape.ts'
import type { VerifiedEvent } from './relay-service.ts'
import { loadSignatureCheck, type SignatureCheck } from './schnorr.ts'

export type Verdict =
  | { readonly ok: true; readonly event: VerifiedEvent }
  | { readonly ok: false; readonly fault: EventFault }

export interface Verifier {
  /** `event` if its shape, id and signature are right (NIP-01), else undefined. Never rejects. */
  verify(event: unknown): Promise<VerifiedEvent | undefined>
  /** As `verify`, saying what was wrong. */
  inspect(event: unknown): Promise<Verdict>
  /** Ends the worker; what is still queued is answered as not verified. */
  stop(): Promise<void>
}

export interface VerifierOptions {
  /** The built `verify-worker.js`. Without it everything is checked here, in slices. */
  readonly workerUrl?: URL
  /** Larger events are refused. Bytes of the NIP-01 serialization. */
  readonly maxEventBytes?: number
}

interface Job {
  readonly event: Event
  readonly done: (valid: boolean) => void
}

/** What goes to the worker and what comes back. */
export interface VerifyBatch {
  readonly serial: number
  readonly events: readonly Event[]
}
export interface VerifyReply {
  readonly serial: number
  readonly valid: readonly boolean[]
}

/** Checks done before other work gets a turn: a signature takes a good half millisecond. */
const sliceLength = 4
/** Queue length from which the worker is worth its start and the copying. */
const workerThreshold = 32
const workerBatchLength = 64

/** A verifier for all events of this process. */
export function createVerifier(options: VerifierOptions = {}): Verifier {
  const maxEventBytes = options.maxEventBytes ?? defaultMaxEventBytes
  const queue: Job[] = []
  let pumping = false
  let stopped = false
  let checking: Promise<SignatureCheck> | undefined
  let helper = options.workerUrl === undefined ? undefined : createHelper(options.workerUrl)

  const pump = async (): Promise<void> => {
    checking ??= loadSignatureCheck()
    const check = await checking
    while (queue.length > 0) {
      if (stopped) {
        for (const job of queue.splice(0)) job.done(false)
        break
      }
      if (helper !== undefined && queue.length >= workerThreshold) {
        const jobs = queue.splice(0, workerBatchLength)
        const valid = await helper.check(jobs.map((job) => job.event))
        if (valid === undefined) {
          helper = undefined
          queue.unshift(...jobs)
        } else {
          jobs.forEach((job, index) => job.done(valid[index] === true))
        }
        continue
      }
      for (const job of queue.splice(0, sliceLength)) job.done(check(job.event))
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
    pumping = false
  }

  const inspect = async (value: unknown): Promise<Verdict> => {
    const reading = readEvent(value, maxEventBytes)
    if (!reading.ok) return reading
    const valid = await new Promise<boolean>((resolve) => {
      if (stopped) return resolve(false)
      queue.push({ event: reading.event, done: resolve })
      if (pumping) return
      pumping = true
      void pump()
    })
    return valid ? { ok: true, event: reading.event } : { ok: false, fault: 'bad-signature' }
  }

  return {
    inspect,
    async verify(event) {
      const verdict = await inspect(event)
      return verdict.ok ? verdict.event : undefined
    },
    async stop() {
      stopped = true
      for (const job of queue.splice(0)) job.done(false)
      await helper?.stop()
      helper = undefined
    },
  }
}

/** The worker thread, started at its first use. */
function createHelper(workerUrl: URL) {
  let worker: Worker | undefined
  let isDead = false
  let serial = 0
  const start = (): Worker => {
    const started = new Worker(workerUrl)
    started.unref()
    started.on('error', () => (isDead = true))
    started.on('exit', () => (isDead = true))
    return started
  }
  return {
    /** Undefined when the worker cannot be used (any more). */
    check(events: readonly Event[]): Promise<readonly boolean[] | undefined> {
      if (isDead) return Promise.resolve(undefined)
      worker ??= start()
      const active = worker
      const batch: VerifyBatch = { serial: ++serial, events }
      return new Promise((resolve) => {
        const settle = (valid: readonly boolean[] | undefined): void => {
          active.off('message', onMessage).off('error', onFailure).off('exit', onFailure)
          resolve(valid)
        }
        const onMessage = (reply: VerifyReply): void => {
          if (reply.serial === batch.serial) settle(reply.valid)
        }
        const onFailure = (): void => settle(undefined)
        active.on('message', onMessage).on('error', onFailure).on('exit', onFailure)
        active.postMessage(batch)
      })
    },
    async stop(): Promise<void> {
      isDead = true
      await worker?.terminate()
    },
  }
}
