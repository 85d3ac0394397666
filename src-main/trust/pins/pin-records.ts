import { z } from 'zod'
import type { Pin, PinDecision } from '../pin-policy.ts'

/** One change in what an owner vouched for. */
export interface PinHistoryEntry {
  readonly atMs: number
  /** For people: `key 1a2b3c4d… pinned by event 5e6f…`. */
  readonly what: string
}

/** What is kept about one host and port of one owner. */
export interface PinRecord {
  readonly decision: PinDecision
  /** Pins in force when last decided, also while that cannot be checked. */
  readonly held: readonly Pin[]
  readonly isEverPinned: boolean
  /** Milliseconds. */
  readonly decidedAtMs: number
  /** Newest first. */
  readonly history: readonly PinHistoryEntry[]
}

export const maxHistory = 50

const pinSchema = z.object({
  kind: z.enum(['spki', 'certificate']),
  value: z.string().regex(/^[0-9a-f]{64}$/u),
  strength: z.enum(['pin', 'hint']),
  format: z.enum(['canonical', 'nodns-30003', 'poc-30001', 'staple', 'nostr-key']),
  eventId: z.string(),
  signedAt: z.number(),
  validUntil: z.number(),
})

const decisionSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('pinned'),
    pins: z.array(pinSchema).min(1),
    isFromCache: z.boolean(),
    validUntil: z.number(),
  }),
  z.object({ kind: z.literal('no-certificate'), reason: z.string() }),
  z.object({ kind: z.literal('expired'), expiredAt: z.number(), eventId: z.string() }),
  z.object({ kind: z.literal('cannot-check'), reason: z.string() }),
])

const recordSchema = z.object({
  decision: decisionSchema,
  held: z.array(pinSchema),
  isEverPinned: z.boolean(),
  decidedAtMs: z.number(),
  history: z.array(z.object({ atMs: z.number(), what: z.string() })).max(maxHistory),
})

/** A record as read from disk; undefined for anything else, which is then decided anew. */
export function readPinRecord(value: unknown): PinRecord | undefined {
  const parsed = recordSchema.safeParse(value)
  return parsed.success ? parsed.data : undefined
}

/** `before` with a new decision. `isFinal`: the owner's own word, which ends what was held. */
export function withDecision(
  before: PinRecord | undefined,
  decision: PinDecision,
  { nowMs, isFinal }: { readonly nowMs: number; readonly isFinal: boolean },
): PinRecord {
  const what = wordsFor(decision)
  const isNews = what !== undefined && what !== before?.history[0]?.what
  const history = before?.history ?? []
  return {
    decision,
    held:
      decision.kind === 'pinned'
        ? decision.pins
        : decision.kind === 'no-certificate' && isFinal
          ? []
          : (before?.held ?? []),
    isEverPinned: decision.kind === 'pinned' || before?.isEverPinned === true,
    decidedAtMs: nowMs,
    history: isNews ? [{ atMs: nowMs, what }, ...history].slice(0, maxHistory) : history,
  }
}

/** Undefined for decisions that say nothing about the owner. */
function wordsFor(decision: PinDecision): string | undefined {
  switch (decision.kind) {
    case 'pinned': {
      const [first] = decision.pins
      const values = decision.pins.map(({ kind, value }) => {
        return `${kind === 'spki' ? 'key' : 'certificate'} ${value.slice(0, 16)}…`
      })
      const verb = first?.strength === 'hint' ? 'announced' : 'pinned'
      return `${values.toSorted().join(' and ')} ${verb} (${first?.format ?? ''})`
    }
    case 'no-certificate':
      return `no certificate: ${decision.reason}`
    case 'expired':
      return `expired ${new Date(decision.expiredAt * 1000).toISOString()}`
    case 'cannot-check':
      return undefined
  }
}
