/** The records of one host name on one link (RFC 6762 s.6.1, s.6.2, s.10.2). Pure. */
import { nameKey, nameToWire } from '../dns/wire/domain-name.ts'
import { classes } from '../dns/wire/message.ts'
import type { DnsName, RecordType, ResourceRecord, RRset } from '../dns/wire/message.ts'
import { rdataToWire } from '../dns/wire/rdata-wire.ts'
import { typeCode } from '../dns/wire/record-type.ts'
import type { Link } from './links.ts'

/** Seconds; RFC 6762 s.10 for records whose name or data is a host. */
export const hostTtl = 120
/** Top bit of the class: in records "flush what you had", in questions "unicast, please". */
export const topClassBit = 0x8000
/** NSEC has no mnemonic in our codec; its data is opaque to everything but mDNS. */
export const nsecType: RecordType = 'TYPE47'

/** A host name with all its RRsets on one link. All are unique: nobody else may have the name. */
export interface HostRecords {
  readonly name: DnsName
  /** A, AAAA where there are addresses, and NSEC, which denies all other types. */
  readonly sets: ReadonlyMap<RecordType, RRset>
}

/** The records of `name` with the addresses of `link`, of which RFC 6762 s.6.2 wants all. */
export function hostRecords(name: DnsName, link: Link): HostRecords {
  const sets = new Map<RecordType, RRset>()
  for (const [type, family] of [['A', 4] as const, ['AAAA', 6] as const]) {
    const records = link.addresses
      .filter((own) => own.family === family)
      .map(({ address }): ResourceRecord => unique(name, { type, address }))
    if (records.length > 0) sets.set(type, records)
  }
  sets.set(nsecType, [unique(name, { type: 'TYPE47', data: nsecData(name, [...sets.keys()]) })])
  return { name, sets }
}

function unique(name: DnsName, rdata: ResourceRecord['rdata']): ResourceRecord {
  return { name, class: classes.IN | topClassBit, ttl: hostTtl, rdata }
}

/** RFC 6762 s.6.1: own name, one bitmap block for types below 256, without the bit of NSEC itself. */
function nsecData(name: DnsName, types: readonly RecordType[]): Uint8Array {
  const codes = types.map((type) => typeCode(type))
  const bitmap = new Uint8Array(Math.floor(Math.max(0, ...codes) / 8) + 1)
  for (const code of codes) {
    const index = code >> 3
    bitmap[index] = (bitmap[index] ?? 0) | (0x80 >> (code & 7))
  }
  return Uint8Array.from([...nameToWire(name), 0, bitmap.length, ...bitmap])
}

/** The address records alone: what is claimed while probing. */
export function addressRecords({ sets }: HostRecords): readonly ResourceRecord[] {
  return [...(sets.get('A') ?? []), ...(sets.get('AAAA') ?? [])]
}

/** A class without the bit mDNS borrows from it. */
export function plainClass(value: number): number {
  return value & ~topClassBit
}

/** Same name, type, class and data: the same record whatever its TTL and cache-flush bit. */
export function isSameRecord(a: ResourceRecord, b: ResourceRecord): boolean {
  return (
    a.rdata.type === b.rdata.type &&
    plainClass(a.class) === plainClass(b.class) &&
    nameKey(a.name) === nameKey(b.name) &&
    Buffer.compare(rdataToWire(a.rdata), rdataToWire(b.rdata)) === 0
  )
}

/** RFC 6762 s.8.2: by class, then type, then raw data. */
function compareRecords(a: ResourceRecord, b: ResourceRecord): number {
  return (
    plainClass(a.class) - plainClass(b.class) ||
    typeCode(a.rdata.type) - typeCode(b.rdata.type) ||
    Buffer.compare(rdataToWire(a.rdata), rdataToWire(b.rdata))
  )
}

/**
 * RFC 6762 s.8.2.1: above 0 when `ours` is lexicographically later, which wins the name; 0 when
 * both are the same. Of two lists that agree as far as they go, the longer one is later.
 */
export function compareProposals(
  ours: readonly ResourceRecord[],
  theirs: readonly ResourceRecord[],
): number {
  const [left, right] = [ours.toSorted(compareRecords), theirs.toSorted(compareRecords)]
  for (const [index, record] of left.entries()) {
    const other = right[index]
    if (other === undefined) return 1
    const order = compareRecords(record, other)
    if (order !== 0) return order
  }
  return left.length - right.length
}
