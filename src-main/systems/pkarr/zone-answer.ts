import { isAtOrBelow, labelsOf, nameKey } from '../../dns/wire/domain-name.ts'
import type { DnsName, RecordType, ResourceRecord } from '../../dns/wire/message.ts'
import { isPrivateAddress } from '../address-filter.ts'
import { isPrivateRdata } from '../private-rdata.ts'
import type { PkarrKey } from './carrier.ts'

/** A name server that the owner of a key made responsible for names below it. */
export interface DelegatedServer {
  readonly name: DnsName
  /** Addresses from the packet itself; none when the name must be looked up. Never private ones. */
  readonly glue: readonly string[]
}

/** What a packet says about one name and type: rules of RFC 1034 s.4.3.2 and RFC 4592. */
export type ZoneAnswer =
  | { readonly kind: 'answer' | 'alias'; readonly records: readonly ResourceRecord[] }
  | { readonly kind: 'delegation'; readonly servers: readonly DelegatedServer[] }
  | {
      readonly kind: 'nodata'
      /** Records of the type that exist but point into private space. */
      readonly withheld: number
    }
  | { readonly kind: 'nxdomain' }

export interface ZoneQuestion {
  readonly key: PkarrKey
  /** Relative to the key; `@` is the key itself. */
  readonly host: string
  readonly type: RecordType
  /** Private addresses of this owner are served. */
  readonly allowsPrivate: boolean
}

/**
 * Looks `question` up in `records`, which are the zone's own (owner names at or below the key).
 * As in pkdns, data of the packet wins over a delegation at or above the name, so that a hot key can
 * keep single names to itself. Pure.
 */
export function answerFromZone(
  records: readonly ResourceRecord[],
  { key, host, type, allowsPrivate }: ZoneQuestion,
): ZoneAnswer {
  const name = host === '@' ? key : `${host}.${key}`
  const own = recordsAt(records, key, name)
  const alias = own?.find(({ rdata }) => rdata.type === 'CNAME')
  const wanted = alias === undefined ? own?.filter(({ rdata }) => rdata.type === type) : [alias]
  if (wanted !== undefined && wanted.length > 0) {
    const visible = wanted.filter((record) => allowsPrivate || !isPrivateRdata(record.rdata))
    if (visible.length === 0) return { kind: 'nodata', withheld: wanted.length }
    return { kind: alias !== undefined && type !== 'CNAME' ? 'alias' : 'answer', records: visible }
  }
  const servers = delegationOf(records, key, name)
  if (servers.length > 0) return { kind: 'delegation', servers }
  return own === undefined ? { kind: 'nxdomain' } : { kind: 'nodata', withheld: 0 }
}

/**
 * Records of `name`, of the wildcard that covers it (RFC 4592), or none for an empty non-terminal.
 * Undefined when the name does not exist. The key itself always exists.
 */
export function recordsAt(
  records: readonly ResourceRecord[],
  key: PkarrKey,
  name: DnsName,
): readonly ResourceRecord[] | undefined {
  const exists = (candidate: DnsName): boolean =>
    candidate === key || records.some((record) => isAtOrBelow(record.name, candidate))
  const owned = (owner: DnsName): readonly ResourceRecord[] =>
    records.filter((record) => nameKey(record.name) === owner)
  if (exists(name)) return owned(name)
  let encloser = parentOf(name)
  while (!exists(encloser)) encloser = parentOf(encloser)
  const covered = owned(`*.${encloser}`)
  return covered.length > 0 ? covered : undefined
}

/** Name servers at the closest cut at or above `name`. */
function delegationOf(
  records: readonly ResourceRecord[],
  key: PkarrKey,
  name: DnsName,
): readonly DelegatedServer[] {
  for (let cut = name; ; cut = parentOf(cut)) {
    const servers = records.flatMap(({ name: owner, rdata }) =>
      rdata.type === 'NS' && nameKey(owner) === cut
        ? [{ name: rdata.target, glue: glueOf(records, rdata.target) }]
        : [],
    )
    if (servers.length > 0 || cut === key) return servers
  }
}

/** Whoever signs a packet chooses its glue: it must not aim this computer's queries at its own network. */
function glueOf(records: readonly ResourceRecord[], target: DnsName): readonly string[] {
  return records.flatMap(({ name, rdata }) =>
    (rdata.type === 'A' || rdata.type === 'AAAA') &&
    nameKey(name) === nameKey(target) &&
    !isPrivateAddress(rdata.address)
      ? [rdata.address]
      : [],
  )
}

function parentOf(name: DnsName): DnsName {
  return labelsOf(name).slice(1).join('.')
}
