import type { SecureContext } from 'node:tls'
import type { Clock } from '../../env/env.ts'
import { altContext } from '../origin/verify-alt.ts'
import type { PinDecision } from '../pin-policy.ts'
import {
  type Attempt,
  isHandshakeFailure,
  openUpstream,
  type Upstream,
  upstreamContext,
  type UpstreamOptions,
} from './upstream.ts'

/** The settings servers are spoken to with. */
export interface TlsProfiles {
  readonly usual: SecureContext
  /** For servers whose TLS key is a Nostr key; undefined where TLS does not know that curve. */
  readonly alt: SecureContext | undefined
}

/** Time for a server that can only be right by having the Nostr key. Milliseconds. */
const altTimeoutMs = 5_000
const withoutCurve =
  ' (a server whose TLS key is a Nostr key cannot be asked: the TLS of this program has no secp256k1; plain Node has)'

export function tlsProfiles(canAlt: boolean): TlsProfiles {
  return { usual: upstreamContext(), alt: canAlt ? altContext() : undefined }
}

/**
 * Shakes hands with a server: as usual, and when it refuses that, the way servers with a Nostr key
 * need it. Where `decision` says that there is no pin, only the latter could be right.
 */
export async function openServer(
  options: Omit<UpstreamOptions, 'context' | 'timeoutMs'>,
  { usual, alt }: TlsProfiles,
  decision: Pick<PinDecision, 'kind'> | undefined,
  clock: Clock,
  signal: AbortSignal,
): Promise<Attempt<Upstream & { readonly isAlt: boolean }>> {
  const attempt = async (
    context: SecureContext,
    timeoutMs?: number,
  ): Promise<Attempt<Upstream & { readonly isAlt: boolean }>> => {
    const given = { ...options, context, ...(timeoutMs === undefined ? {} : { timeoutMs }) }
    const opened = await openUpstream(given, clock, signal)
    return opened.ok ? { ok: true, value: { ...opened.value, isAlt: context === alt } } : opened
  }
  if (decision?.kind === 'no-certificate' && alt !== undefined) return attempt(alt, altTimeoutMs)
  const first = await attempt(usual)
  if (first.ok || !isHandshakeFailure(first.reason)) return first
  if (alt === undefined) return { ok: false, reason: first.reason + withoutCurve }
  const second = await attempt(alt, altTimeoutMs)
  // The first attempt is what servers are expected to take.
  return second.ok ? second : first
}
