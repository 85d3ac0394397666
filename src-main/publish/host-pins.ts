/** The TLS keys a host pins, apart from its other records: edits of those must not lose them. Pure. */
import type { UnixSeconds } from '../env/env.ts'
import { fail, ok, type Problem, type Result } from '../env/errors.ts'
import type { PubkeyHex } from '../names/name.ts'
import { readDerCertificate, readServerCertificate } from '../systems/nostr/formats/certificate.ts'
import { apexOf } from '../systems/nostr/read-event.ts'
import type { PinnedCertificate } from '../systems/nostr/write-events.ts'
import type { HostState } from './publish-state.ts'
import type { CertificateToPublish, ZoneRecord } from './publisher.ts'

export type PortPins = NonNullable<HostState['pins']>[number]
type PinnedKey = PortPins['keys'][number]

/**
 * A key stays pinned this long beside the one that follows it. Readers ask again every 5 minutes, so
 * until then some know only the old one. Seconds.
 */
export const overlapSeconds = 600

/** What readers use of one port (specs s.4.1). */
const maxKeys = 3
const maxCertificates = 3
const maxCertificateOctets = 4096
const pinTtl = 300

/** Name of the TLSA records of a host's port (RFC 6698 s.3). */
export function pinName(host: string, port: number): string {
  return host === '@' ? `_${port}._tcp` : `_${port}._tcp.${host}`
}

/** The ports of `host` that `state` pins a key for, also by records its owner wrote. */
export function pinnedPorts({ pins = [], records }: HostState, host: string): readonly number[] {
  const ports = pins.filter((pin) => pin.host === host).map(({ port }) => port)
  for (const record of records) {
    if (pinnedKey(record) === undefined) continue
    const port = Number(/^_(\d{1,5})\._tcp/u.exec(record.name)?.[1])
    if (record.name === pinName(host, port)) ports.push(port)
  }
  return [...new Set(ports)]
}

/** `certificates`, unless one of them would be refused by those who are to trust it. */
export function checkCertificates(
  owner: PubkeyHex,
  host: string,
  certificates: readonly CertificateToPublish[],
  now: UnixSeconds,
): Result<void> {
  if (certificates.length > maxKeys) {
    return fail('publish.too-many-keys', `Readers look at ${maxKeys} keys of a port at most.`)
  }
  const name = host === '@' ? apexOf(owner) : `${host}.${apexOf(owner)}`
  for (const { der, spkiSha256 } of certificates) {
    if (readDerCertificate(der)?.spkiSha256 !== spkiSha256) {
      return fail(
        'publish.bad-certificate',
        'The certificate and the key hash do not belong together.',
      )
    }
    const reading = readServerCertificate(der, name, now)
    if (!reading.ok) return refused(reading.problem, name)
  }
  return ok(undefined)
}

function refused(problem: string, name: string): Result<never> {
  const words: Readonly<Record<string, string>> = {
    authority: 'belongs to an authority, not to a server',
    'other-name': `does not name ${name}`,
    expired: 'has expired',
  }
  return fail(
    'publish.bad-certificate',
    `The certificate ${words[problem] ?? 'cannot be read'}, so nobody would accept it.`,
    'Make a new certificate for this name and publish that.',
  )
}

export interface PinChange {
  readonly host: string
  readonly ports: readonly number[]
  /** The key in use first; none takes the pins of these ports away. */
  readonly certificates: readonly CertificateToPublish[]
  readonly includeDer: boolean
  /** Drops all other keys at once: one of them is in wrong hands. */
  readonly isRevocation: boolean
  readonly now: UnixSeconds
}

/**
 * `before` with `change` made. A key that is left out stays, to be dropped later, until the keys that
 * follow it have been published for as long as readers need to learn of them.
 */
export function changePins(
  before: readonly PortPins[],
  change: PinChange,
): { readonly pins: readonly PortPins[]; readonly notices: readonly Problem[] } {
  const { host, ports, includeDer } = change
  const others = before.filter((pin) => pin.host !== host || !ports.includes(pin.port))
  const changed = ports.map((port): PortPins => {
    const old = before.find((pin) => pin.host === host && pin.port === port)
    return { host, port, includeDer, keys: [...changeKeys(old?.keys ?? [], change)] }
  })
  const kept = changed.flatMap(({ keys }) => keys.flatMap(({ until }) => until ?? []))
  const until = Math.max(...kept)
  return {
    pins: [...others, ...changed.filter(({ keys }) => keys.length > 0)],
    notices: kept.length === 0 ? [] : [overlapNotice(until)],
  }
}

function changeKeys(before: readonly PinnedKey[], change: PinChange): readonly PinnedKey[] {
  const { certificates, now } = change
  const fresh = certificates.map(({ spkiSha256, der }): PinnedKey => {
    const since = before.find((key) => key.spkiSha256 === spkiSha256)?.since ?? now
    return { spkiSha256, der, since }
  })
  const isKnown = fresh.some(({ since }) => since + overlapSeconds <= now)
  if (fresh.length === 0 || isKnown || change.isRevocation) return fresh
  const until = Math.min(...fresh.map(({ since }) => since)) + overlapSeconds
  const leaving = before
    .filter((key) => !fresh.some(({ spkiSha256 }) => spkiSha256 === key.spkiSha256))
    .map((key) => ({ ...key, until: Math.min(key.until ?? until, until) }))
  return [...fresh, ...leaving].slice(0, maxKeys)
}

function overlapNotice(until: UnixSeconds): Problem {
  return {
    code: 'publish.overlap',
    message: `The former key stays published until ${new Date(until * 1000).toISOString().slice(0, 16)}Z, because some computers know only that one until then.`,
    hint: 'Let the server use the new key in the meantime. If the former key is in wrong hands, revoke it.',
  }
}

/** `host` at `now`: keys whose time has come are gone, and its records carry the pins there are. */
export function withPinRecords(host: HostState, now: UnixSeconds): HostState {
  if (host.pins === undefined) return host
  const pins = host.pins
    .map((pin) => ({ ...pin, keys: pin.keys.filter(({ until }) => (until ?? Infinity) > now) }))
    .filter(({ keys }) => keys.length > 0)
  const kept = withoutPins(host.records, host.pins)
  const own = pins.flatMap(({ host: name, port, keys }) =>
    keys.map(({ spkiSha256 }) => pinRecord(pinName(name, port), spkiSha256)),
  )
  const { pins: _before, ...rest } = host
  return { ...rest, records: [...kept, ...own], ...(pins.length > 0 && { pins }) }
}

function pinRecord(name: string, spkiSha256: string): ZoneRecord {
  return { name, type: 'TLSA', ttl: pinTtl, rdata: `3 1 1 ${spkiSha256}` }
}

/** `records` without the key pins (TLSA 3 1 1) of the ports in `pins`; other TLSA data stays. */
export function withoutPins<T extends ZoneRecord>(
  records: readonly T[],
  pins: readonly Pick<PortPins, 'host' | 'port'>[],
): T[] {
  const names = new Set(pins.map(({ host, port }) => pinName(host, port)))
  return records.filter((record) => !names.has(record.name) || pinnedKey(record) === undefined)
}

/** The key hash of a TLSA 3 1 1 record. */
function pinnedKey({ type, rdata }: ZoneRecord): string | undefined {
  if (type.toUpperCase() !== 'TLSA') return undefined
  const [, hash] = /^\s*3\s+1\s+1\s+([0-9a-f\s]+)$/iu.exec(rdata) ?? []
  return hash?.replaceAll(/\s/gu, '').toLowerCase()
}

/** Whole certificates for the event, those in use first. */
export function certificatesOf({ pins = [] }: HostState): readonly PinnedCertificate[] {
  const byDer = new Map<string, PinnedCertificate>()
  for (const { host, includeDer, keys } of pins) {
    if (!includeDer) continue
    for (const { der } of keys) {
      const isSmall = Buffer.from(der, 'base64').length <= maxCertificateOctets
      if (isSmall && !byDer.has(der)) byDer.set(der, { name: host, der })
    }
  }
  return [...byDer.values()].slice(0, maxCertificates)
}

/**
 * What is left of `pins` when another of the owner's devices published `records` in the meantime:
 * ports whose first key is still pinned there, with the keys that are.
 */
export function pinsStillIn(
  pins: readonly PortPins[],
  records: readonly ZoneRecord[],
): readonly PortPins[] {
  return pins
    .map((pin) => {
      const name = pinName(pin.host, pin.port)
      const there = new Set(records.filter((each) => each.name === name).map(pinnedKey))
      return { ...pin, keys: pin.keys.filter(({ spkiSha256 }) => there.has(spkiSha256)) }
    })
    .filter(({ keys }) => keys.length > 0)
}
