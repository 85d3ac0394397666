import type { UnixSeconds } from '../../env/env.ts'
import { parseName } from '../../names/parse-name.ts'
import { chooseZone } from './choose-zone.ts'
import { kinds } from './kinds.ts'
import { apexOf } from './read-event.ts'
import { lookUp, toRRset } from './zone.ts'

/** Any key will do: this is the x coordinate of the generator of secp256k1. */
const sampleOwner = '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798'

/**
 * Reads a sample zone once. The first run of this code costs ten times the later ones, and the
 * first name asked for after a start should not pay for that.
 */
export function warmUp(now: UnixSeconds): void {
  const event = {
    kind: kinds.canonical,
    pubkey: sampleOwner,
    created_at: now,
    content: '',
    id: '',
    sig: '',
    tags: [
      ['d', 'dns:@'],
      ['record', 'A', '@', '300', '192.0.2.1'],
      ['record', 'AAAA', '@', '300', '2001:db8::1'],
      ['record', 'CNAME', 'www', '300', '@'],
      ['rr', 'TLSA', '_443._tcp', '300', `3 1 1 ${'00'.repeat(32)}`],
      ['expiration', String(now + 60)],
      ['ver', '1'],
    ],
  }
  const stored = { event, relays: [], firstSeenMs: 0, lastSeenMs: 0 }
  const { zone } = chooseZone([stored], sampleOwner, now, { nns: false, dnstr: false })
  const apex = apexOf(sampleOwner)
  const name = parseName(apex)
  if (zone === undefined || name.kind !== 'nostr') return
  const answer = lookUp(zone, name.host, 'A', false)
  if (answer.kind === 'answer') toRRset(answer.records, apex, zone, answer.part, now)
}
