import type { EventTemplate } from 'nostr-tools/pure'
import { type Result, ok } from '../../env/errors.ts'
import { pemOf, readServerCertificate } from './formats/certificate.ts'
import { kinds } from './kinds.ts'
import { apexOf } from './read-event.ts'
import { type Signing, nextCreatedAt } from './write-events.ts'

/** Templates of the compatibility copies that carry a whole certificate. Pure. */

/** Keys that the owner pins for one port of one host. */
export interface PinnedPort {
  /** Relative to the apex. */
  readonly host: string
  readonly port: number
  /** The key in use first. `der`: its certificate as served, base64. */
  readonly keys: readonly { readonly spkiSha256: string; readonly der: string }[]
}

export interface HostPins {
  readonly host: string
  readonly pins?: readonly PinnedPort[] | undefined
  readonly isWithdrawn: boolean
}

type CertificateInput = Signing & { readonly hosts: readonly HostPins[] }

/**
 * The proof of concept's certificate: the PEM that the server of the apex shows, in an event
 * without tags. Its readers compare it with the served one as text. Empty when there is none.
 */
export function buildPocCertificate(input: CertificateInput): Result<EventTemplate> {
  const createdAt = nextCreatedAt(input)
  if (!createdAt.ok) return createdAt
  return ok({
    kind: kinds.pocCertificate,
    created_at: createdAt.value,
    tags: [],
    content: certificateOf(input)?.pem ?? '',
  })
}

/** The NoDNS certificate for `.nostr`; empty content withdraws it. */
export function buildNodnsCertificate(input: CertificateInput): Result<EventTemplate> {
  const createdAt = nextCreatedAt(input)
  if (!createdAt.ok) return createdAt
  const certificate = certificateOf(input)
  return ok({
    kind: kinds.nodnsCertificate,
    created_at: createdAt.value,
    tags: [
      ['d', 'nostr'],
      ...(certificate === undefined ? [] : [['expiry', String(certificate.validTo)]]),
    ],
    content: certificate?.pem ?? '',
  })
}

/** Ports in the order in which the proof of concept tries them. */
const firstPorts = [443, 4443]

/** The certificate the apex serves now; none that readers would refuse. */
function certificateOf({
  owner,
  hosts,
  now,
}: CertificateInput): { readonly pem: string; readonly validTo: number } | undefined {
  const apex = hosts.find(({ host, isWithdrawn }) => host === '@' && !isWithdrawn)
  const ports = (apex?.pins ?? []).filter(({ host }) => host === '@')
  const first =
    firstPorts.map((port) => ports.find((pin) => pin.port === port)).find((pin) => pin) ?? ports[0]
  const der = first?.keys[0]?.der
  if (der === undefined) return undefined
  const checked = readServerCertificate(der, apexOf(owner), now)
  const pem = pemOf(der)
  return checked.ok && pem !== undefined ? { pem, validTo: checked.hint.validTo } : undefined
}
