import type { UpstreamStatus } from '../../../src-preload/contract/model.ts'
import type { ResponseScan } from '../cache/response-scanner.ts'
import type { CacheKey } from '../cache/wire-cache.ts'

/** How one attempt at one upstream ended. */
export type Outcome =
  /** A usable response; `packet` is valid until the callback returns. */
  | {
      readonly kind: 'response'
      readonly packet: Uint8Array
      readonly scan: ResponseScan
    }
  /** The upstream answered but with an error; its RFC 8914 options are passed on. */
  | { readonly kind: 'refused'; readonly reason: string; readonly extendedErrors: Uint8Array }
  /** No answer can come any more: network unreachable, connection refused or cut. */
  | { readonly kind: 'unreachable'; readonly reason: string }

/** The question of a client, as upstreams need it. */
export interface UpstreamQuestion {
  /** A client's query; the question is at offset 12 up to `key.questionEnd`. */
  readonly query: Uint8Array
  readonly key: CacheKey
}

/** An attempt under way; the upstream that made it knows what is inside. */
export interface Attempt {
  readonly upstream: Upstream
  /** Forgets the attempt: its outcome is not reported. */
  cancel(): void
}

/**
 * Told how an attempt ended: at most once per attempt, never before `ask` has returned. One function
 * for all attempts, because a closure per query costs more than the query.
 */
export type Report<Asker> = (asker: Asker, attempt: Attempt, outcome: Outcome) => void

/** One configured resolver. */
export interface Upstream {
  readonly text: string
  /** Sends the question; `report` gets `asker` back with the outcome. */
  ask<Asker extends UpstreamQuestion>(asker: Asker, nowMs: number, report: Report<Asker>): Attempt
  /** Smoothed time to answer in milliseconds; undefined before the first answer. */
  latencyMs(): number | undefined
  isFailing(): boolean
  /** The upstream was asked and stayed silent. */
  noteSilence(): void
  /** Housekeeping, about once a second while there is traffic. */
  maintain(nowMs: number): void
  status(): UpstreamStatus
  stop(): Promise<void>
}

/** Silences or failures in a row after which an upstream is asked only when others fail. */
const failingAfter = 3
/** Weight of the newest sample in the smoothed latency, as in RFC 6298. */
const sampleWeight = 1 / 8

/** The record of how an upstream does. */
export interface UpstreamHealth {
  latencyMs(): number | undefined
  isFailing(): boolean
  answered(elapsedMs: number): void
  failed(reason: string): void
  status(text: string): UpstreamStatus
}

export function createUpstreamHealth(): UpstreamHealth {
  let latency: number | undefined
  let failures = 0
  let lastError: string | undefined
  const isFailing = (): boolean => failures >= failingAfter
  return {
    latencyMs: () => latency,
    isFailing,
    answered(elapsedMs) {
      latency = latency === undefined ? elapsedMs : latency + (elapsedMs - latency) * sampleWeight
      failures = 0
    },
    failed(reason) {
      failures += 1
      lastError = reason
    },
    status: (text) => ({
      address: text,
      state: isFailing() ? 'failing' : latency === undefined && failures === 0 ? 'unused' : 'ok',
      ...(latency !== undefined && { latencyMs: Math.round(latency * 10) / 10 }),
      ...(failures > 0 && lastError !== undefined && { lastError }),
    }),
  }
}
