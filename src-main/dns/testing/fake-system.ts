import type { Name, OwnerKey } from '../../names/name.ts'
import type { NameSystem, Provenance, Resolution } from '../../systems/name-system.ts'
import type { DnsName, RecordType, ResourceRecord } from '../wire/message.ts'
import { soaRecord } from './messages.ts'

export function provenanceOf(owner: OwnerKey): Provenance {
  return {
    system: 'fake',
    format: 'canonical',
    owner,
    eventIds: ['00'.repeat(32)],
    signer: owner,
    sources: ['wss://relay.invalid'],
    signedAt: 1_780_000_000,
    seenAtMs: 0,
    verifiedBy: 'a test',
  }
}

/** Far enough in every test's future. */
const validUntil = 4_000_000_000

export function answerOf(owner: OwnerKey, ...rrset: ResourceRecord[]): Resolution {
  return { kind: 'answer', rrset, provenance: provenanceOf(owner), validUntil }
}

export function aliasOf(owner: OwnerKey, record: ResourceRecord): Resolution {
  const target = record.rdata.type === 'CNAME' ? record.rdata.target : '.'
  return { kind: 'alias', rrset: [record], target, provenance: provenanceOf(owner), validUntil }
}

export function denialOf(owner: OwnerKey, kind: 'nodata' | 'nxdomain'): Resolution {
  return { kind, soa: soaRecord('nostr'), provenance: provenanceOf(owner), validUntil }
}

export type FakeLookup = (
  name: Name,
  qname: DnsName,
  type: RecordType,
  signal: AbortSignal,
) => Resolution | Promise<Resolution>

/** A name system that answers what a test says and claims npub names and petnames. */
export interface FakeSystem extends NameSystem {
  answer: FakeLookup
  readonly lookups: { readonly qname: DnsName; readonly type: RecordType }[]
  /** Tells the server that this owner's data changed. */
  change(owner: OwnerKey): void
}

export function createFakeSystem(answer: FakeLookup): FakeSystem {
  const listeners = new Set<(owner: OwnerKey) => void>()
  const lookups: { qname: DnsName; type: RecordType }[] = []
  const system: FakeSystem = {
    id: 'fake',
    suffixes: ['nostr'],
    answer,
    lookups,
    claims: (name) => name.kind === 'nostr' || name.kind === 'petname',
    async lookup(name, qname, type, signal) {
      lookups.push({ qname, type })
      return system.answer(name, qname, type, signal)
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    change(owner) {
      for (const listener of listeners) listener(owner)
    },
  }
  return system
}
