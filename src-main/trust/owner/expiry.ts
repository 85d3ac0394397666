import type { Problem } from '../../env/errors.ts'
import type { Severity } from '../../env/health.ts'
import { encodeNpub, shortNpub } from '../../names/npub.ts'
import type { OwnCertificate } from '../owner-certificates.ts'

const day = 24 * 60 * 60
/** The owner is told this long ahead. Seconds. */
const warnBefore = 14 * day

export interface ExpiryNotice {
  /** Key in health: one per host of an identity. */
  readonly key: string
  readonly severity: Severity
  readonly problem: Problem
}

/** What to tell the owner about the end of certificates in use; those replaced do not matter. */
export function expiryNotices(
  certificates: readonly OwnCertificate[],
  now: number,
): readonly ExpiryNotice[] {
  return certificates
    .filter(({ role, validTo }) => role !== 'previous' && validTo - now < warnBefore)
    .map((certificate) => noticeOf(certificate, now))
}

function noticeOf({ pubkey, host, role, validTo }: OwnCertificate, now: number): ExpiryNotice {
  const npub = encodeNpub(pubkey)
  const name = host === '@' ? shortNpub(npub) : `${host}.${shortNpub(npub)}`
  const hint =
    'Renew it, which keeps its key and so the published pin, and let the server load the new file.'
  const key = `certificates.expiring:${npub}:${host}:${role}`
  if (validTo <= now) {
    const message = `The certificate of ${name}.nostr has expired.`
    return { key, severity: 'error', problem: { code: 'certificates.expired', message, hint } }
  }
  const days = Math.ceil((validTo - now) / day)
  const message = `The certificate of ${name}.nostr expires in ${days} ${days === 1 ? 'day' : 'days'}.`
  return { key, severity: 'warning', problem: { code: 'certificates.expiring', message, hint } }
}
