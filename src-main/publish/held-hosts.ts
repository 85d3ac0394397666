/**
 * The hosts an owner has: those this computer publishes and those that others of the owner's
 * devices do. Pure.
 */
import type { UnixSeconds } from '../env/env.ts'
import type { PubkeyHex } from '../names/name.ts'
import { identifierOf } from '../relays/event-address.ts'
import type { VerifiedEvent } from '../relays/relay-service.ts'
import { canonicalHost, canonicalLapse } from '../systems/nostr/formats/canonical-31111.ts'
import { limits, readTtl } from '../systems/nostr/formats/record-text.ts'
import { kinds } from '../systems/nostr/kinds.ts'
import { readEvent } from '../systems/nostr/read-event.ts'
import { pinsStillIn } from './host-pins.ts'
import type { HostState } from './publish-state.ts'
import type { ZoneRecord } from './publisher.ts'
import { checkRecords } from './zone-records.ts'

const day = 86_400

/**
 * Every host of `owner` by name. Where another device signed a newer event than this one, its
 * records hold: going back to ours would undo what the owner did there. Then following the address
 * stops here too, or two machines would take turns for ever.
 */
export function heldHosts(
  owner: PubkeyHex,
  own: readonly HostState[],
  events: readonly VerifiedEvent[],
  now: UnixSeconds,
): ReadonlyMap<string, HostState> {
  const hosts = new Map(
    own.filter(({ pubkey }) => pubkey === owner).map((state) => [state.host, state]),
  )
  for (const event of events) {
    const remote = hostOf(event, now)
    if (remote === undefined) continue
    const held = hosts.get(remote.host)
    if (held?.signedAt !== undefined && event.created_at <= held.signedAt) continue
    // A tombstone from elsewhere keeps the records known here, for undo.
    const records = remote.isWithdrawn ? (held?.records ?? []) : remote.records
    const last = held?.lastPublished
    const pins = remote.isWithdrawn ? held?.pins : held?.pins && pinsStillIn(held.pins, records)
    hosts.set(remote.host, {
      ...remote,
      records,
      ...(pins && pins.length > 0 && { pins: [...pins] }),
      ...(last && { lastPublished: last }),
    })
  }
  return hosts
}

function hostOf(event: VerifiedEvent, now: UnixSeconds): HostState | undefined {
  if (event.kind !== kinds.canonical) return undefined
  const host = canonicalHost(identifierOf(event))
  const { verdict } = readEvent(event, now)
  if (host === undefined || !['accept', 'filter', 'accept-empty'].includes(verdict)) {
    return undefined
  }
  const expiresAt = canonicalLapse(event)
  const validity = expiresAt - event.created_at
  return {
    pubkey: event.pubkey,
    host,
    // What readers skip must not stop the owner from publishing the rest again.
    records: event.tags
      .flatMap(readTag)
      .filter((record) => checkRecords(event.pubkey, host, [record]).ok),
    followsAddress: false,
    lifetime: validity <= day ? 'dynamic' : validity <= 7 * day ? 'normal' : 'fixed',
    isWithdrawn: verdict === 'accept-empty',
    signedAt: event.created_at,
    expiresAt,
  }
}

/** `[record|rr, TYPE, name, TTL, rdata]` as its owner would have written it. */
function readTag(tag: readonly string[]): readonly ZoneRecord[] {
  const [label, type, name, ttl, rdata] = tag
  if (label !== 'record' && label !== 'rr') return []
  if (type === undefined || name === undefined || rdata === undefined) return []
  const seconds = readTtl(ttl ?? '', limits.defaultTtl)
  return [{ name: name === '' ? '@' : name.toLowerCase(), type, ttl: seconds, rdata }]
}
