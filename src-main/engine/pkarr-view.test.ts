import { describe, expect, it } from 'vitest'
import type { PkarrIdentity } from '../../src-preload/contract/pkarr-model.ts'
import type { SignedPacket } from '../systems/pkarr/carrier.ts'
import type { HeldPacket } from '../systems/pkarr/packet-source.ts'
import { testKey } from '../systems/pkarr/testing/test-keys.ts'
import { buildPayload } from '../systems/pkarr/zone-packet.ts'
import { zoneView, type ZoneFacts } from './pkarr-view.ts'

const owner = testKey(4)
const nowMs = 1_800_000_000_000

function packetOf(address: string, timestampUs: bigint): SignedPacket {
  const payload = buildPayload(owner.key, [
    { name: 'www', ttl: 600, rdata: { type: 'A', address } },
  ])
  if (!payload.ok) throw new Error(payload.error.message)
  return owner.packet(timestampUs, payload.value)
}

const heldOf = (packet: SignedPacket, expiresAtMs: number): HeldPacket => ({
  packet,
  lastSeenMs: expiresAtMs - 600_000,
  expiresAtMs,
  source: 'dht',
  carriers: ['dht'],
})

const identity: PkarrIdentity = {
  key: owner.key,
  label: 'site',
  createdAtMs: 0,
  protection: 'plain',
  isLocked: false,
  isBackedUp: true,
}

const view = (facts: Partial<ZoneFacts>) =>
  zoneView(
    {
      key: owner.key,
      identity: undefined,
      isFollowed: false,
      held: undefined,
      kept: undefined,
      announcement: undefined,
      ...facts,
    },
    nowMs,
  )

const old = packetOf('203.0.113.1', 1_000_000n)
const recent = packetOf('203.0.113.2', 2_000_000n)

describe('zoneView', () => {
  it('shows who had the packet, and when it is asked for again', () => {
    expect(view({ held: heldOf(recent, nowMs + 1000) })).toMatchObject({
      records: [{ name: 'www', type: 'A', ttl: 600, rdata: '203.0.113.2' }],
      source: 'dht',
      carriers: ['dht'],
      signedAtMs: 2000,
      lastSeenMs: nowMs - 599_000,
      nextRefreshMs: nowMs + 1000,
      isVerified: true,
      isExpired: false,
      isOwn: false,
      isFollowed: false,
    })
  })

  it('says that a packet has expired', () => {
    expect(view({ held: heldOf(recent, nowMs) })).toMatchObject({ isExpired: true })
  })

  it('shows the newer one of what carriers had and what is kept to be announced', () => {
    const announcement = { atMs: 5, results: [], failures: 0, nextMs: 9 }
    const kept = view({
      held: heldOf(old, nowMs - 1),
      kept: recent,
      isFollowed: true,
      announcement,
    })
    expect(kept).toMatchObject({
      records: [{ rdata: '203.0.113.2' }],
      source: 'cache',
      carriers: [],
      isExpired: false,
      isFollowed: true,
      nextRepublishMs: 9,
      delivery: { atMs: 5 },
    })
    expect(view({ held: heldOf(recent, nowMs + 1), kept: old })).toMatchObject({
      records: [{ rdata: '203.0.113.2' }],
      source: 'dht',
    })
  })

  it('shows an own key nothing was published under yet', () => {
    expect(view({ identity, failure: 'nobody answered' })).toMatchObject({
      isOwn: true,
      alias: 'site',
      records: [],
      size: 0,
      isVerified: false,
      isExpired: false,
      failure: 'nobody answered',
    })
  })

  it('gives a time that can be shown, whatever a stranger signed', () => {
    const { signedAtMs } = view({ held: heldOf(packetOf('203.0.113.1', 2n ** 63n - 1n), nowMs) })
    expect(() => new Date(signedAtMs ?? 0).toISOString()).not.toThrow()
  })
})
