import type { DnsName, RecordType, ResourceRecord } from '../../dns/wire/message.ts'
import { extendedErrors } from '../../dns/wire/message.ts'
import type { Env } from '../../env/env.ts'
import type { Name, OwnerKey } from '../../names/name.ts'
import type { NameSystem, Provenance, Resolution } from '../name-system.ts'
import { withheldError } from '../private-rdata.ts'
import { negativeTtl, soaFor } from '../soa.ts'
import { askDelegated, type DelegationDeps } from './delegation.ts'
import type { PkarrKey } from './carrier.ts'
import type { HeldPacket, PacketLookup, PacketSourceService } from './packet-source.ts'
import { signedAtMs } from './signed-packet.ts'
import { recordsOfPacket } from './zone-packet.ts'
import { answerFromZone, type ZoneQuestion } from './zone-answer.ts'

export interface PkarrSystemDeps extends DelegationDeps {
  readonly source: Pick<PacketSourceService, 'resolve' | 'onChange'>
  readonly isEnabled: () => boolean
  /** Private addresses signed by this key are served: the user's own keys, and those allowed. */
  readonly allowsPrivate: (key: PkarrKey) => boolean
}

/** TTL of stale answers (RFC 8767 s.4). Seconds. */
const staleTtl = 30

type PkarrName = Extract<Name, { kind: 'pkarr' }>

interface Asked {
  readonly name: PkarrName
  readonly qname: DnsName
  readonly type: RecordType
}

/** Names that are ed25519 keys, on the Mainline DHT and HTTP relays (specs/pkarr.md). */
export function createPkarrSystem(env: Env, deps: PkarrSystemDeps): NameSystem {
  const nowSeconds = (): number => Math.floor(env.clock.nowMs() / 1000)

  const fromPacket = async (
    asked: Asked,
    found: Extract<PacketLookup, { kind: 'found' }>,
    signal: AbortSignal,
  ): Promise<Resolution> => {
    const { name, qname, type } = asked
    const { held, isStale } = found
    const now = nowSeconds()
    const question: ZoneQuestion = {
      key: name.key,
      host: name.host,
      type,
      allowsPrivate: deps.allowsPrivate(name.key),
    }
    const answer = answerFromZone(recordsOfPacket(held.packet), question)
    const provenance = provenanceOf(held)
    const remaining = isStale
      ? staleTtl
      : Math.max(1, Math.floor((held.expiresAtMs - env.clock.nowMs()) / 1000))
    const validUntil = now + remaining
    const stale = isStale && {
      ede: { code: extendedErrors.staleAnswer, text: 'carriers could not confirm this lately' },
    }
    const soa = soaFor(apexOf(asked), Number(held.packet.timestampUs / 1_000_000n))
    switch (answer.kind) {
      case 'delegation':
        return askDelegated(
          deps,
          { ...question, qname, provenance, soa, now, remaining },
          answer.servers,
          signal,
        )
      case 'nxdomain':
        return { kind: 'nxdomain', soa, validUntil: now + negativeTtl, provenance, ...stale }
      case 'nodata':
        if (type === 'SOA' && name.host === '@') {
          return {
            kind: 'answer',
            rrset: [{ ...soa, name: qname }],
            validUntil,
            provenance,
            ...stale,
          }
        }
        return {
          kind: 'nodata',
          soa,
          validUntil: now + negativeTtl,
          provenance,
          ...(answer.withheld > 0 ? { ede: withheldError(answer.withheld) } : stale),
        }
      case 'answer':
      case 'alias': {
        const rrset = ownedBy(qname, answer.records, remaining)
        const target = rrset[0]?.rdata
        const common = { rrset, validUntil, provenance, ...stale }
        return answer.kind === 'alias' && target?.type === 'CNAME'
          ? { kind: 'alias', target: target.target, ...common }
          : { kind: 'answer', ...common }
      }
    }
  }

  return {
    id: 'pkarr',
    suffixes: ['pkarr', 'key'],
    claims: (name) => name.kind === 'pkarr',
    async lookup(name, qname, type, signal) {
      if (name.kind !== 'pkarr') throw new Error(`not a PKARR name: ${name.kind}`)
      if (!deps.isEnabled()) {
        const text = 'PKARR is switched off in the settings'
        const provenance = provenanceWithout(name.key, 'nobody was asked', env.clock.nowMs())
        return { kind: 'failure', ede: { code: extendedErrors.notSupported, text }, provenance }
      }
      const asked = { name, qname, type }
      const found = await deps.source.resolve(name.key, { policy: 'cache-first', signal })
      switch (found.kind) {
        case 'found':
          return fromPacket(asked, found, signal)
        case 'none':
          return nothingPublished(asked, found, env.clock.nowMs())
        case 'failed':
          return {
            kind: 'failure',
            ede: { code: extendedErrors.noReachableAuthority, text: found.problem },
            // Whose failure it is: once a packet arrives it is not repeated from the cache.
            provenance: provenanceWithout(name.key, 'nobody answered', env.clock.nowMs()),
          }
      }
    },
    onChange: (listener) => deps.source.onChange((key) => listener(ownerOfPkarr(key))),
  }
}

/** Key of a PKARR owner's data in caches. */
export function ownerOfPkarr(key: PkarrKey): OwnerKey {
  return `pkarr:${key}`
}

function nothingPublished(
  asked: Asked,
  { answers, invalidSeq }: Extract<PacketLookup, { kind: 'none' }>,
  nowMs: number,
): Resolution {
  const now = Math.floor(nowMs / 1000)
  const verifiedBy = `${answers} ${answers === 1 ? 'carrier or node has' : 'carriers or nodes have'} no packet`
  return {
    kind: 'nxdomain',
    soa: soaFor(apexOf(asked), now),
    validUntil: now + negativeTtl,
    provenance: {
      ...provenanceWithout(asked.name.key, verifiedBy, nowMs),
      ...(invalidSeq !== undefined && {
        notes: ['the newest item under this key is no DNS packet'],
      }),
    },
  }
}

/** Of answers that no packet says anything about. */
function provenanceWithout(key: PkarrKey, verifiedBy: string, nowMs: number): Provenance {
  return {
    system: 'pkarr',
    format: 'none',
    owner: ownerOfPkarr(key),
    eventIds: [],
    signer: key,
    sources: [],
    seenAtMs: nowMs,
    verifiedBy,
  }
}

function provenanceOf({ packet, carriers, lastSeenMs }: HeldPacket): Provenance {
  return {
    system: 'pkarr',
    format: 'signed-packet',
    owner: ownerOfPkarr(packet.key),
    eventIds: [`${packet.key}@${packet.timestampUs}`],
    signer: packet.key,
    sources: carriers,
    signedAt: Math.floor(signedAtMs(packet) / 1000),
    seenAtMs: lastSeenMs,
    verifiedBy: 'ed25519 signature over the packet (BEP 44)',
  }
}

/** The key as the question spells it: bare, or below `.pkarr` or `.key`. */
function apexOf({ name, qname }: Asked): DnsName {
  return name.host === '@' ? qname : qname.slice(name.host.length + 1)
}

/** `records` under the name asked for; one TTL for all of them (RFC 2181 s.5.2), aged. */
function ownedBy(
  qname: DnsName,
  records: readonly ResourceRecord[],
  remaining: number,
): readonly ResourceRecord[] {
  const ttl = Math.min(remaining, ...records.map((record) => record.ttl))
  return records.map(({ rdata }) => ({ name: qname, class: 1, ttl, rdata }))
}
