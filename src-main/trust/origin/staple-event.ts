import type { EventTemplate } from 'nostr-tools/pure'
import type { UnixSeconds } from '../../env/env.ts'
import { longestLifetime } from '../../systems/nostr/formats/canonical-31111.ts'
import { relativeName } from '../../systems/nostr/formats/record-text.ts'
import type { VerifiedEvent } from '../../relays/relay-service.ts'
import { utf8String } from '../x509/der-writer.ts'
import type { Extension } from '../x509/extensions.ts'

/**
 * A certificate that brings its own proof: an event signed by the owner of the name, inside the
 * certificate, that commits to the certificate's key. Clients verify it from the npub alone, so it
 * works while no relay can be reached. The event cannot contain the hash of the certificate it is
 * in, therefore it names the key (SPKI).
 */

/**
 * Kind of the stapled event. Ephemeral (NIP-01), so that nothing happens if somebody takes it out of
 * a certificate and sends it to relays: none keeps it, and it takes nobody's place. Not registered.
 */
export const stapleKind = 21_111

/**
 * Extension that holds it: a UTF8String with the event as JSON, never critical. Unregistered, and a
 * small arc: several programs mangle the large ones that UUIDs make.
 */
export const stapleOid = '2.25.31111'

/** A staple counts no longer than this after it was signed. Seconds. */
export const longestStaple = longestLifetime
const version = '1'
const maxHosts = 32

export interface StapleInput {
  /** SHA-256 of the certificate's DER SubjectPublicKeyInfo, 64 lower-case hex digits. */
  readonly spkiSha256: string
  /** Hosts the certificate may name, relative to the owner's apex; `@` for the apex itself. */
  readonly hosts: readonly string[]
  readonly now: UnixSeconds
  /** Seconds of validity, 30 days at most. */
  readonly lifetime: number
}

/** The event to sign for a certificate with this key. */
export function stapleTemplate({ spkiSha256, hosts, now, lifetime }: StapleInput): EventTemplate {
  return {
    kind: stapleKind,
    created_at: now,
    tags: [
      ['spki', spkiSha256],
      ...hosts.slice(0, maxHosts).map((host) => ['host', host]),
      ['expiration', String(now + Math.min(lifetime, longestStaple))],
      ['ver', version],
      ['alt', 'Key of a TLS certificate of this Nostr key'],
    ],
    content: '',
  }
}

/** The extension that carries `event`. */
export function stapleExtension(event: VerifiedEvent): Extension {
  const { id, pubkey, created_at, kind, tags, content, sig } = event
  const text = JSON.stringify({ id, pubkey, created_at, kind, tags, content, sig })
  return { oid: stapleOid, isCritical: false, value: utf8String(text) }
}

export interface StapleContent {
  readonly spkiSha256: string
  readonly hosts: readonly string[]
  readonly validUntil: UnixSeconds
}

/** What a staple says; undefined when it says nothing that counts. Its signature is not looked at. */
export function readStapleContent({
  kind,
  tags,
  created_at: createdAt,
}: VerifiedEvent): StapleContent | undefined {
  const values = (name: string): string[] =>
    tags.flatMap(([tag, value]) => (tag === name && value !== undefined ? [value] : []))
  const [spkiSha256, ...otherKeys] = values('spki')
  const [expiration, ...otherEnds] = values('expiration')
  const hosts = values('host').map(relativeName)
  if (kind !== stapleKind || values('ver')[0] !== version) return undefined
  if (spkiSha256 === undefined || !/^[0-9a-f]{64}$/u.test(spkiSha256)) return undefined
  if (expiration === undefined || !/^\d{1,15}$/u.test(expiration)) return undefined
  if (otherKeys.length > 0 || otherEnds.length > 0) return undefined
  if (hosts.length === 0 || hosts.length > maxHosts || hosts.includes(undefined)) return undefined
  const validUntil = Number(expiration)
  if (validUntil > createdAt + longestStaple) return undefined
  return { spkiSha256, hosts: hosts.filter((host) => host !== undefined), validUntil }
}
