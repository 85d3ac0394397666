import type { UnixSeconds } from '../../env/env.ts'
import type { Judgement, Pin, PinDecision, ServedCertificate } from '../pin-policy.ts'

/** Why a page is not shown. Every kind has its own words on the block page. */
export type Block =
  /** The server's certificate is none of those its owner vouches for; absent: it showed none. */
  | {
      readonly kind: 'mismatch' | 'wrong-name'
      readonly expected: readonly Pin[]
      readonly served: ServedCertificate | undefined
    }
  | { readonly kind: 'expired'; readonly expiredAt: UnixSeconds; readonly eventId: string }
  | { readonly kind: 'no-certificate'; readonly reason: string }
  | { readonly kind: 'cannot-check'; readonly reason: string }
  | { readonly kind: 'private-address'; readonly address: string }
  | { readonly kind: 'unreachable'; readonly reason: string }

/** The block that a decision without pins amounts to; undefined when there are pins. */
export function blockOfDecision(decision: Exclude<PinDecision, { kind: 'pinned' }>): Block
export function blockOfDecision(decision: PinDecision): Block | undefined
export function blockOfDecision(decision: PinDecision): Block | undefined {
  switch (decision.kind) {
    case 'pinned':
      return undefined
    case 'no-certificate':
      return { kind: 'no-certificate', reason: decision.reason }
    case 'expired':
      return { kind: 'expired', expiredAt: decision.expiredAt, eventId: decision.eventId }
    case 'cannot-check':
      return { kind: 'cannot-check', reason: decision.reason }
  }
}

/** The block that follows from a certificate that was judged wrong. */
export function blockOfJudgement(
  { reason, expected }: Extract<Judgement, { ok: false }>,
  served: ServedCertificate | undefined,
): Block {
  if (reason !== 'expired-pin') return { kind: reason, expected, served }
  const [latest] = expected.toSorted((a, b) => b.validUntil - a.validUntil)
  return {
    kind: 'expired',
    expiredAt: latest?.validUntil ?? 0,
    eventId: latest?.eventId ?? '',
  }
}
