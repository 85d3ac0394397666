import type { CertificateEntry, PinView } from '../../src-preload/contract/model.ts'
import { encodeNpub } from '../names/npub.ts'
import type { PinDecision } from '../trust/pin-policy.ts'
import type { TlsObservation } from '../trust/terminator.ts'

/** A row with what people do not need to see in it. */
export interface CertificateRow extends CertificateEntry {
  /** Certificate the server showed last. DER, base64. */
  readonly der?: string
}

/** What this computer saw of the certificates of `.nostr` servers; bounded, oldest check goes first. */
export interface CertificatesTable {
  list(): readonly CertificateEntry[]
  /** The certificate `id` showed last. DER, base64. */
  der(id: string): string | undefined
  observe(observation: TlsObservation): void
  forget(id: string): boolean
  save(): readonly CertificateRow[]
  restore(rows: readonly CertificateRow[]): void
}

const maxRows = 500
const maxHistory = 50
/** Of what owners and servers say, a row keeps this much: any page can fill the table. */
const maxPins = 16
const maxNames = 32
const longestName = 253
/** Characters of base64: 16 KiB, several times the size of ordinary certificates. */
const longestDer = 21_848

export function createCertificatesTable(onChange: () => void): CertificatesTable {
  const rows = new Map<string, CertificateRow>()

  const evict = (): void => {
    while (rows.size > maxRows) {
      const oldest = [...rows.values()].reduce((a, b) =>
        b.lastCheckedMs < a.lastCheckedMs ? b : a,
      )
      rows.delete(oldest.id)
    }
  }

  return {
    list: () =>
      [...rows.values()]
        .map(({ der: _der, ...entry }) => entry)
        .toSorted((a, b) => b.lastCheckedMs - a.lastCheckedMs),
    der: (id) => rows.get(id)?.der,
    observe(observation) {
      const row = nextRow(rows.get(`${observation.domain}:${observation.port}`), observation)
      rows.set(row.id, row)
      evict()
      onChange()
    },
    forget(id) {
      const existed = rows.delete(id)
      if (existed) onChange()
      return existed
    },
    save: () => [...rows.values()],
    restore(saved) {
      for (const row of saved) rows.set(row.id, row)
      evict()
      onChange()
    },
  }
}

function nextRow(held: CertificateRow | undefined, observation: TlsObservation): CertificateRow {
  const { domain, port, name, atMs, decision, served, outcome, detail } = observation
  const state = stateOf(observation)
  const pins =
    decision.kind === 'pinned' ? decision.pins.slice(0, maxPins).map(pinView) : (held?.pins ?? [])
  const shown = served === undefined ? held?.served : servedView(served)
  const der = served === undefined ? held?.der : derOf(served)
  const said = changes(held, state, pins, shown, outcome)
  return {
    id: `${domain}:${port}`,
    domain,
    port,
    npub: encodeNpub(name.owner),
    state,
    pins,
    firstSeenMs: held?.firstSeenMs ?? atMs,
    lastCheckedMs: atMs,
    history: [...said.map((what) => ({ atMs, what })), ...(held?.history ?? [])].slice(
      0,
      maxHistory,
    ),
    ...detailOf(decision, detail),
    ...(shown === undefined ? {} : { served: shown }),
    ...(der === undefined ? {} : { der }),
  }
}

function stateOf({ decision, judgement, outcome }: TlsObservation): CertificateEntry['state'] {
  if (decision.kind !== 'pinned') return decision.kind
  if (judgement?.ok === false) {
    return judgement.reason === 'expired-pin' ? 'expired' : 'mismatch'
  }
  if (outcome === 'allowed') return 'match'
  // A revoked connection whose new pins were not judged yet.
  return outcome === 'unreachable' ? 'unreachable' : 'unchecked'
}

function detailOf(decision: PinDecision, detail: string | undefined): { detail?: string } {
  if (detail !== undefined) return { detail }
  return 'reason' in decision ? { detail: decision.reason } : {}
}

function changes(
  held: CertificateRow | undefined,
  state: CertificateEntry['state'],
  pins: readonly PinView[],
  served: CertificateEntry['served'],
  outcome: TlsObservation['outcome'],
): readonly string[] {
  const said: string[] = []
  const values = (list: readonly PinView[]): string =>
    list
      .map((pin) => pin.value)
      .toSorted()
      .join()
  if (held === undefined) said.push('first seen')
  else if (values(held.pins) !== values(pins)) said.push('the owner changed the pins')
  if (held?.served !== undefined && served?.spkiSha256 !== held.served.spkiSha256) {
    said.push('the server showed another key')
  } else if (
    held?.served !== undefined &&
    served?.certificateSha256 !== held.served.certificateSha256
  ) {
    said.push('the server showed a new certificate of the same key')
  }
  if (outcome === 'revoked') said.push('a live connection was ended')
  if (held?.state !== state) said.push(`now: ${state}`)
  return said
}

function pinView({
  kind,
  value,
  strength,
  format,
  eventId,
  signedAt,
  validUntil,
}: PinView): PinView {
  return { kind, value, strength, format, eventId, signedAt, validUntil }
}

function servedView(
  served: NonNullable<TlsObservation['served']>,
): NonNullable<CertificateEntry['served']> {
  const { der: _der, names, ...view } = served
  const shown = names.slice(0, maxNames).map((name) => name.slice(0, longestName))
  return { ...view, names: shown }
}

function derOf({ der }: NonNullable<TlsObservation['served']>): string | undefined {
  return der.length <= longestDer ? der : undefined
}
