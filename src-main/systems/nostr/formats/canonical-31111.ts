import type { UnixSeconds } from '../../../env/env.ts'
import type { DnsName } from '../../../dns/wire/message.ts'
import { expirationOf, identifierOf } from '../../../relays/event-address.ts'
import type { VerifiedEvent } from '../../../relays/relay-service.ts'
import { canonicalPrefix } from '../kinds.ts'
import { readDerCertificate } from './certificate.ts'
import { type OwnedRecord, type Pin, type Reading, reading, verdictOn } from './reading.ts'
import { isWithin, limits, readRdata, readTtl, readType, relativeName } from './record-text.ts'
import { isPrivateRdata } from '../../private-rdata.ts'
import { tagValue } from './tags.ts'

/** A canonical event lapses after 30 days at the latest, whatever it says. */
export const longestLifetime = 30 * 24 * 60 * 60

const format = 'canonical'
const maxPinsPerPort = 3
const maxCertificates = 3
const maxCertificateOctets = 4096

/** When the event stops counting: its NIP-40 expiration, 30 days after signing at the latest. */
export function canonicalLapse(event: VerifiedEvent): UnixSeconds {
  const latest = event.created_at + longestLifetime
  return Math.min(expirationOf(event) ?? latest, latest)
}

/** Host of a canonical `d` tag (`dns:www`): undefined for any other identifier. */
export function canonicalHost(identifier: string): string | undefined {
  if (!identifier.startsWith(canonicalPrefix)) return undefined
  const text = identifier.slice(canonicalPrefix.length)
  const host = text === '' ? undefined : relativeName(text)
  return host?.startsWith('*') === true ? undefined : host
}

/** Reads kind 31111 with `d=dns:<host>`; `apex` is the owner's `npub1….nostr`. */
export function readCanonical(event: VerifiedEvent, apex: DnsName): Reading {
  const host = canonicalHost(identifierOf(event))
  if (host === undefined) return reading(format, 'reject', 'the d tag names no host')
  const version = tagValue(event, 'ver') ?? '1'
  if (version !== '1') return reading(format, 'ignore', 'a version this program does not know')
  const validUntil = canonicalLapse(event)
  const tags = event.tags.filter(([name]) => name === 'record' || name === 'rr')
  if (tags.length === 0) {
    return reading(format, 'accept-empty', 'the owner says there is nothing here', {
      host,
      validUntil,
    })
  }
  if (tags.length > limits.records) {
    return reading(format, 'reject', `more than ${limits.records} records`)
  }
  const records: OwnedRecord[] = []
  for (const tag of tags) {
    const record = readRecordTag(tag, host, apex)
    if (record !== undefined) records.push(record)
  }
  if (records.length === 0) return reading(format, 'reject', 'none of its records can be read')
  const pins = pinsIn(records)
  const skipped = tags.length - records.length
  return reading(format, verdictOn(records), 'signed by the owner', {
    host,
    validUntil,
    records,
    pins,
    certificates: pinnedCertificates(event, pins),
    notes: skipped === 0 ? [] : [`${skipped} unreadable ${skipped === 1 ? 'record' : 'records'}`],
  })
}

/** `[record|rr, TYPE, name, TTL, rdata]`. */
function readRecordTag(
  tag: readonly string[],
  host: string,
  apex: DnsName,
): OwnedRecord | undefined {
  const [, typeText, nameText, ttlText, rdataText] = tag
  if (typeText === undefined || nameText === undefined || rdataText === undefined) return undefined
  const type = readType(typeText)
  const name = relativeName(nameText)
  if (type === undefined || name === undefined || !isWithin(name, host)) return undefined
  const rdata = readRdata(type, rdataText, apex)
  if (rdata === undefined) return undefined
  const ttl = readTtl(ttlText ?? '', limits.defaultTtl)
  return { name, ttl, rdata, isPrivate: isPrivateRdata(rdata) }
}

/** TLSA 3 1 1 at `_port._protocol[.host]` (RFC 6698 s.3), at most three for each port. */
function pinsIn(records: readonly OwnedRecord[]): Pin[] {
  const pins: Pin[] = []
  for (const { name, rdata } of records) {
    if (rdata.type !== 'TLSA') continue
    if (rdata.usage !== 3 || rdata.selector !== 1 || rdata.matching !== 1) continue
    const service = /^_(\d{1,5})\._(tcp|udp|sctp)(?:\.(.+))?$/u.exec(name)
    if (service === null || rdata.data.length !== 32) continue
    const [, portText = '', protocol = '', host = '@'] = service
    const port = Number(portText)
    const isSamePort = (pin: Pin): boolean =>
      pin.host === host && pin.port === port && pin.protocol === protocol
    if (port < 1 || port > 65535 || pins.filter(isSamePort).length >= maxPinsPerPort) continue
    pins.push({ host, port, protocol, spkiSha256: Buffer.from(rdata.data).toString('hex') })
  }
  return pins
}

/** `cert` tags whose key is pinned in the same event; all others are of no use. */
function pinnedCertificates(event: VerifiedEvent, pins: readonly Pin[]): string[] {
  if (pins.length === 0) return []
  return event.tags
    .filter(([name, , base64]) => name === 'cert' && base64 !== undefined)
    .slice(0, maxCertificates)
    .map(([, , base64 = '']) => base64)
    .filter((base64) => base64.length <= Math.ceil(maxCertificateOctets / 3) * 4)
    .flatMap((base64) => readDerCertificate(base64) ?? [])
    .filter((hint) => pins.some((pin) => pin.spkiSha256 === hint.spkiSha256))
    .map((hint) => hint.der)
}
