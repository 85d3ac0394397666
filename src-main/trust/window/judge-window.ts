import type { UnixSeconds } from '../../env/env.ts'
import type { Judgement, Pin, PinDecision, ServedCertificate } from '../pin-policy.ts'
import { judge } from '../pins/judge.ts'
import type { ProxyTarget } from '../proxy/connect-target.ts'
import { type Block, blockOfDecision, blockOfJudgement } from '../terminator/block.ts'
import type { ReadStaple } from '../terminator/judge-server.ts'

export type WindowVerdict =
  | {
      readonly ok: true
      readonly judgement: Extract<Judgement, { ok: true }>
      /** The certificate may not be relied upon from this time on. */
      readonly validUntil: UnixSeconds
    }
  | { readonly ok: false; readonly judgement?: Judgement; readonly block: Block }

/**
 * Whether the owner of `target` vouches for the certificate that a server showed to the `.nostr`
 * window: the decision of the pin policy, then the judge. A staple counts only while relays cannot be
 * asked (specs: tls-trust s.5.4, s.7). Pure.
 */
export function judgeWindow(
  target: ProxyTarget,
  decision: PinDecision,
  served: ServedCertificate,
  now: UnixSeconds,
  readStaple?: ReadStaple,
): WindowVerdict {
  const known = pinsOf(target, decision, served, readStaple)
  if (!known.ok) return known
  const judgement = judge(known.pins, served, target.domain, now)
  if (judgement.ok) {
    return {
      ok: true,
      judgement,
      validUntil: Math.min(known.validUntil, judgement.pin.validUntil),
    }
  }
  return { ok: false, judgement, block: blockOfJudgement(judgement, served) }
}

function pinsOf(
  { name, domain }: ProxyTarget,
  decision: PinDecision,
  served: ServedCertificate,
  readStaple: ReadStaple | undefined,
):
  | { readonly ok: true; readonly pins: readonly Pin[]; readonly validUntil: UnixSeconds }
  | { readonly ok: false; readonly block: Block } {
  if (decision.kind === 'pinned') {
    return { ok: true, pins: decision.pins, validUntil: decision.validUntil }
  }
  const staple =
    decision.kind === 'cannot-check'
      ? readStaple?.(Buffer.from(served.der, 'base64'), name, domain)
      : undefined
  if (staple !== undefined) return { ok: true, pins: [staple], validUntil: staple.validUntil }
  return { ok: false, block: blockOfDecision(decision) }
}
