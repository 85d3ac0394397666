import type { TLSSocket } from 'node:tls'
import type { UnixSeconds } from '../../env/env.ts'
import type { Judgement, Pin, PinDecision, PinnedName, ServedCertificate } from '../pin-policy.ts'
import { judge } from '../pins/judge.ts'
import type { ProxyTarget } from '../proxy/connect-target.ts'
import { type Block, blockOfDecision, blockOfJudgement } from './block.ts'

/** A pin found in the certificate itself: an event of the name's owner that commits to its key. */
export type ReadStaple = (der: Uint8Array, name: PinnedName, domain: string) => Pin | undefined

export interface JudgeDeps {
  readonly readStaple?: ReadStaple
  /** The pin that the Nostr key of the owner is by itself, as the key of the certificate. */
  readonly readAlt?: ReadStaple
  describe(der: Buffer): ServedCertificate
}

export type Verdict =
  | {
      readonly ok: true
      readonly served: ServedCertificate
      readonly judgement: Extract<Judgement, { ok: true }>
      /** A connection made under this verdict must end then. */
      readonly validUntil: UnixSeconds
    }
  | {
      readonly ok: false
      readonly block: Block
      readonly served: ServedCertificate | undefined
      readonly judgement: Judgement | undefined
    }

/** Whether the server at the other end of `socket`, whose handshake is done, is the right one. */
export function judgeServer(
  deps: JudgeDeps,
  target: ProxyTarget,
  decision: PinDecision,
  socket: TLSSocket,
  now: UnixSeconds,
): Verdict {
  const der = socket.getPeerX509Certificate()?.raw
  const served = der === undefined ? undefined : deps.describe(der)
  const known = pinsFor(deps, target, decision, der)
  if (!known.ok) return { ok: false, block: known.block, served, judgement: undefined }
  const judgement = judge(known.pins, served, target.domain, now)
  if (!judgement.ok) {
    return { ok: false, block: blockOfJudgement(judgement, served), served, judgement }
  }
  // What nobody showed cannot have been judged right.
  if (served === undefined) throw new TypeError('a certificate was judged that was not there')
  const validUntil = Math.min(known.validUntil, judgement.pin.validUntil)
  return { ok: true, served, judgement, validUntil }
}

function pinsFor(
  { readStaple, readAlt }: JudgeDeps,
  { name, domain }: ProxyTarget,
  decision: PinDecision,
  der: Buffer | undefined,
):
  | { readonly ok: true; readonly pins: readonly Pin[]; readonly validUntil: UnixSeconds }
  | { readonly ok: false; readonly block: Block } {
  if (decision.kind === 'pinned') {
    return { ok: true, pins: decision.pins, validUntil: decision.validUntil }
  }
  const mayBeAlt = decision.kind === 'cannot-check' || decision.kind === 'no-certificate'
  if (mayBeAlt && der !== undefined) {
    const staple = decision.kind === 'cannot-check' ? readStaple?.(der, name, domain) : undefined
    const proof = staple ?? readAlt?.(der, name, domain)
    if (proof !== undefined) return { ok: true, pins: [proof], validUntil: proof.validUntil }
  }
  return { ok: false, block: blockOfDecision(decision) }
}
