import type { UnixSeconds } from '../../env/env.ts'
import type { Judgement, Pin, ServedCertificate } from '../pin-policy.ts'

/**
 * Whether `served` is a certificate that the owner of `domain` vouches for at `now`. Pure.
 *
 * The pin decides, and the certificate must say that it is for this very name: otherwise an owner
 * could pin somebody else's certificate and send users there (specs: tls-trust s.5.3 step 7). The
 * certificate's own dates do not count, because the event's do (RFC 7671 s.5.1). No certificate at
 * all, as Node reports for a resumed session, is a mismatch.
 */
export function judge(
  pins: readonly Pin[],
  served: ServedCertificate | undefined,
  domain: string,
  now: UnixSeconds,
): Judgement {
  const refuse = (reason: 'mismatch' | 'wrong-name' | 'expired-pin'): Judgement => ({
    ok: false,
    reason,
    expected: pins,
  })
  if (served === undefined) return refuse('mismatch')
  const matching = pins.filter((pin) => isPinned(pin, served))
  if (matching.length === 0) return refuse('mismatch')
  const [pin] = matching
    .filter(({ validUntil }) => validUntil > now)
    .toSorted((a, b) => rankOf(a) - rankOf(b))
  if (pin === undefined) return refuse('expired-pin')
  return served.names.some((name) => covers(name, domain))
    ? { ok: true, pin }
    : refuse('wrong-name')
}

function isPinned(pin: Pin, served: ServedCertificate): boolean {
  const shown = pin.kind === 'spki' ? served.spkiSha256 : served.certificateSha256
  return /^[0-9a-f]{64}$/u.test(pin.value) && pin.value === shown
}

/** A full pin speaks before a hint. */
function rankOf({ strength }: Pin): number {
  return strength === 'pin' ? 0 : 1
}

/**
 * True if subject alternative name `pattern` covers `domain`: equal in any case, or a wildcard as
 * whole left-most label for exactly one label (RFC 9525 s.6.3). A wildcard just below a top-level
 * domain would speak for every owner and covers nothing.
 */
export function covers(pattern: string, domain: string): boolean {
  const wanted = asciiLower(domain)
  const given = asciiLower(pattern)
  if (!given.startsWith('*.')) return given === wanted && !given.includes('*')
  const parent = given.slice(1)
  const isShared = !parent.slice(1).includes('.')
  if (isShared || parent.includes('*') || !wanted.endsWith(parent)) return false
  const label = wanted.slice(0, -parent.length)
  return label !== '' && !label.includes('.')
}

/** DNS case folding: ASCII only, so that no other letter turns into one of `.nostr`'s. */
function asciiLower(name: string): string {
  return name.replace(/[A-Z]/gu, (letter) => letter.toLowerCase())
}
