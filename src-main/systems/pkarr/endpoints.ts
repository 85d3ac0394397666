import type { PkarrEndpointView } from '../../../src-preload/contract/pkarr-model.ts'
import { nameKey } from '../../dns/wire/domain-name.ts'
import { formatIpv4, formatIpv6 } from '../../dns/wire/ip-address.ts'
import type { DnsName, Rdata, ResourceRecord } from '../../dns/wire/message.ts'
import type { RandomSource } from '../../env/env.ts'
import { parseName } from '../../names/parse-name.ts'
import { isPrivateAddress } from '../address-filter.ts'
import type { PkarrKey } from './carrier.ts'
import { recordsAt } from './zone-answer.ts'

export interface EndpointDeps {
  /** Records of the newest packet; undefined when there is none. */
  readonly resolveZone: (
    key: PkarrKey,
    signal: AbortSignal,
  ) => Promise<readonly ResourceRecord[] | undefined>
  /** Addresses of a name that is no PKARR name; none when it has none or cannot be looked up. */
  readonly addressesOf: (name: DnsName, signal: AbortSignal) => Promise<readonly string[]>
  /** Private addresses signed by this key are used. */
  readonly allowsPrivate: (key: PkarrKey) => boolean
  readonly random: RandomSource
}

export interface EndpointQuestion {
  /** A name that ends in a key, with or without `.pkarr` or `.key`. */
  readonly name: DnsName
  readonly type?: 'HTTPS' | 'SVCB'
  readonly signal: AbortSignal
}

/** Keys passed through on the way to an endpoint. */
const deepest = 7
/** Names looked at in one search: strangers can weave a net of keys that nobody comes out of. */
const mostPlaces = 40
const defaultPort = 443
/** SvcParamKeys (RFC 9460 s.14.3.2). */
const params = { mandatory: 0, port: 3, ipv4Hint: 4, ipv6Hint: 6 }
/** Up to ipv6hint: `alpn`, `no-default-alpn` and `ech` ask nothing of us. */
const lastKnownParam = 6

type Service = Extract<Rdata, { type: 'HTTPS' | 'SVCB' }>

interface Place {
  readonly key: PkarrKey
  /** Below the key, without `.pkarr` or `.key`. */
  readonly name: DnsName
}

interface Search {
  readonly deps: EndpointDeps
  readonly type: 'HTTPS' | 'SVCB'
  readonly signal: AbortSignal
  readonly visited: Set<DnsName>
}

/**
 * The endpoints that the HTTPS (or SVCB) records of a name lead to, the best first, found one by one
 * as they are asked for. A record that leads nowhere is passed over. CNAME records play no part.
 */
export async function* findEndpoints(
  deps: EndpointDeps,
  { name, type = 'HTTPS', signal }: EndpointQuestion,
): AsyncGenerator<PkarrEndpointView, void, void> {
  const place = placeOf(name)
  if (place === undefined) return
  yield* endpointsAt({ deps, type, signal, visited: new Set() }, place, undefined, 0)
}

/** `via`: the record that led here, unless this is where the search began. */
async function* endpointsAt(
  search: Search,
  place: Place,
  via: Service | undefined,
  depth: number,
): AsyncGenerator<PkarrEndpointView, void, void> {
  const { deps, type, signal, visited } = search
  const { key, name } = place
  if (signal.aborted || depth > deepest || visited.has(name) || visited.size >= mostPlaces) return
  visited.add(name)
  const zone = await deps.resolveZone(key, signal)
  if (zone === undefined) return
  const services = (recordsAt(zone, key, name) ?? []).flatMap(({ rdata }) =>
    rdata.type === type && isUnderstood(rdata) ? [rdata] : [],
  )
  if (services.length === 0 && via !== undefined) {
    const addresses = usable(deps, key, addressesAt(zone, key, name))
    if (addresses.length > 0) yield { target: name, port: portOf(via), addresses, key }
    return
  }
  for (const service of byPreference(services, deps.random)) {
    if (signal.aborted) return
    const next = service.target === '.' ? undefined : placeOf(service.target)
    if (next !== undefined) yield* endpointsAt(search, next, service, depth + 1)
    else yield* endpointOf(search, place, zone, service)
  }
}

/** The endpoint of a record that leads to no other key: the key itself, or an ordinary name. */
async function* endpointOf(
  { deps, signal }: Search,
  { key, name }: Place,
  zone: readonly ResourceRecord[],
  service: Service,
): AsyncGenerator<PkarrEndpointView, void, void> {
  const isSelf = service.target === '.'
  const own = isSelf
    ? // PKARR keeps the addresses of a server at its key; RFC 9460 s.2.5 means the owner name.
      firstOf(addressesAt(zone, key, key), () => addressesAt(zone, key, name))
    : await ordinaryAddresses(deps, service.target, signal)
  const addresses = usable(
    deps,
    key,
    firstOf(own, () => hintsOf(service)),
  )
  if (addresses.length === 0) return
  const target = isSelf ? key : nameKey(service.target)
  yield { target, port: portOf(service), addresses, ...(isSelf && { key }) }
}

function ordinaryAddresses(
  deps: EndpointDeps,
  target: DnsName,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { kind } = parseName(target)
  const isAnswered = kind !== 'special' && kind !== 'invalid' && kind !== 'secret'
  return isAnswered ? deps.addressesOf(target, signal).catch(() => []) : Promise.resolve([])
}

function placeOf(text: DnsName): Place | undefined {
  const name = parseName(text)
  if (name.kind !== 'pkarr') return undefined
  const { key, host } = name
  return { key, name: host === '@' ? key : `${host}.${key}` }
}

function addressesAt(
  zone: readonly ResourceRecord[],
  key: PkarrKey,
  name: DnsName,
): readonly string[] {
  return (recordsAt(zone, key, name) ?? []).flatMap(({ rdata }) =>
    rdata.type === 'A' || rdata.type === 'AAAA' ? [rdata.address] : [],
  )
}

/** Whoever signs a zone must not aim programs of this computer at its own network. */
function usable(
  deps: EndpointDeps,
  key: PkarrKey,
  addresses: readonly string[],
): readonly string[] {
  return deps.allowsPrivate(key) ? addresses : addresses.filter((a) => !isPrivateAddress(a))
}

function firstOf(addresses: readonly string[], others: () => readonly string[]): readonly string[] {
  return addresses.length > 0 ? addresses : others()
}

/** RFC 9460 s.8: a record that insists on something unknown is as good as absent. */
function isUnderstood(service: Service): boolean {
  const mandatory = paramOf(service, params.mandatory)
  return numbersOf(mandatory).every((param) => param <= lastKnownParam)
}

function portOf(service: Service): number {
  const [port] = numbersOf(paramOf(service, params.port))
  return port === undefined || port === 0 ? defaultPort : port
}

function hintsOf(service: Service): readonly string[] {
  return [
    ...partsOf(paramOf(service, params.ipv4Hint), 4).map(formatIpv4),
    ...partsOf(paramOf(service, params.ipv6Hint), 16).map(formatIpv6),
  ]
}

function paramOf({ params: held }: Service, wanted: number): Uint8Array {
  return held.find(({ key }) => key === wanted)?.value ?? new Uint8Array()
}

/** `value` as 16-bit numbers. */
function numbersOf(value: Uint8Array): readonly number[] {
  return partsOf(value, 2).map(([high = 0, low = 0]) => high * 256 + low)
}

function partsOf(value: Uint8Array, size: number): readonly Uint8Array[] {
  return Array.from({ length: Math.floor(value.length / size) }, (_, index) =>
    value.subarray(index * size, (index + 1) * size),
  )
}

/** Lowest priority number first; those with the same number in random order (RFC 9460 s.2.4.1). */
function byPreference(services: readonly Service[], random: RandomSource): readonly Service[] {
  const lots = services.map((service) => {
    const [high = 0, low = 0] = random.bytes(2)
    return { service, lot: high * 256 + low }
  })
  return lots
    .toSorted((a, b) => a.service.priority - b.service.priority || a.lot - b.lot)
    .map(({ service }) => service)
}
