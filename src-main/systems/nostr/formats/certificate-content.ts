import type { UnixSeconds } from '../../../env/env.ts'
import type { DnsName } from '../../../dns/wire/message.ts'
import type { VerifiedEvent } from '../../../relays/relay-service.ts'
import { type CertificateReading, readPemCertificate } from './certificate.ts'
import { type FormatId, type Reading, reading } from './reading.ts'

type CertificateProblem = Extract<CertificateReading, { ok: false }>['problem']

const reasons: Readonly<Record<CertificateProblem, string>> = {
  unparseable: 'the certificate cannot be read',
  several: 'more than one certificate',
  authority: 'the certificate of an authority, not of a server',
  'other-name': 'the certificate is for another name',
  expired: 'the certificate has expired',
}

/** Content holding one PEM certificate for `apex`, as a pin hint. */
export function readCertificateContent(
  format: FormatId,
  event: VerifiedEvent,
  apex: DnsName,
  now: UnixSeconds,
): Reading {
  const certificate = readPemCertificate(event.content, apex, now)
  if (!certificate.ok) {
    const lapse = certificate.problem === 'expired' ? { lapsedAt: certificate.lapsedAt } : {}
    return reading(format, 'reject', reasons[certificate.problem], lapse)
  }
  return reading(format, 'accept', 'certificate for this name', { pinHints: [certificate.hint] })
}
