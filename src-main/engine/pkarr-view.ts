import type { PkarrIdentity, PkarrZoneView } from '../../src-preload/contract/pkarr-model.ts'
import type { RecordView } from '../../src-preload/contract/model.ts'
import { formatRdata } from '../dns/wire/rdata-text.ts'
import type { Announcement } from '../publish/pkarr/kept-packets.ts'
import type { PkarrKey, SignedPacket } from '../systems/pkarr/carrier.ts'
import type { HeldPacket } from '../systems/pkarr/packet-source.ts'
import { isNewer, signedAtMs } from '../systems/pkarr/signed-packet.ts'
import { recordsOfPacket } from '../systems/pkarr/zone-packet.ts'

/** What is known of one key, from the places that know it. */
export interface ZoneFacts {
  readonly key: PkarrKey
  readonly identity: PkarrIdentity | undefined
  readonly isFollowed: boolean
  /** From carriers or their cache. */
  readonly held: HeldPacket | undefined
  /** On the disk, to be announced again. */
  readonly kept: SignedPacket | undefined
  readonly announcement: Announcement | undefined
  readonly failure?: string | undefined
}

/** The zone as people see it: the newest packet at hand, wherever it is. Pure. */
export function zoneView(facts: ZoneFacts, nowMs: number): PkarrZoneView {
  const { key, identity, held, kept, announcement } = facts
  const isKeptNewer = kept !== undefined && (held === undefined || isNewer(kept, held.packet))
  const packet = isKeptNewer ? kept : held?.packet
  const seen = isKeptNewer ? undefined : held
  return {
    key,
    isOwn: identity !== undefined,
    isFollowed: facts.isFollowed,
    records: packet === undefined ? [] : recordsOf(packet),
    size: packet?.payload.length ?? 0,
    carriers: seen?.carriers ?? [],
    // Packets enter this program through a signature check only.
    isVerified: packet !== undefined,
    isExpired: seen !== undefined && seen.expiresAtMs <= nowMs,
    notes: notesOf(packet),
    ...(identity === undefined ? {} : { alias: identity.label }),
    ...(packet === undefined ? {} : { signedAtMs: signedAtMs(packet) }),
    ...(seen === undefined
      ? {}
      : { lastSeenMs: seen.lastSeenMs, source: seen.source, nextRefreshMs: seen.expiresAtMs }),
    ...(packet !== undefined && seen === undefined ? { source: 'cache' as const } : {}),
    ...(announcement === undefined
      ? {}
      : {
          nextRepublishMs: announcement.nextMs,
          delivery: { atMs: announcement.atMs, results: announcement.results },
        }),
    ...(facts.failure === undefined ? {} : { failure: facts.failure }),
  }
}

/** Records with names relative to the key, as they are edited. */
function recordsOf(packet: SignedPacket): readonly RecordView[] {
  const suffix = `.${packet.key}`
  return recordsOfPacket(packet).map(({ name, ttl, rdata }) => ({
    name: name === packet.key ? '@' : name.slice(0, -suffix.length),
    ttl,
    type: rdata.type,
    rdata: formatRdata(rdata),
  }))
}

function notesOf(packet: SignedPacket | undefined): readonly string[] {
  return packet !== undefined && recordsOfPacket(packet).length === 0
    ? ['the packet holds no records of its key']
    : []
}
