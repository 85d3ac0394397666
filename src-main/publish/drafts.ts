/** What each wish of the owner makes of the hosts, before anything is signed. Pure. */
import { fail, ok, type Problem, type Result } from '../env/errors.ts'
import type { UnixSeconds } from '../env/env.ts'
import type { PubkeyHex } from '../names/name.ts'
import { isWithin } from '../systems/nostr/formats/record-text.ts'
import { addressesOf, isSameAddresses, withAddresses } from './host-addresses.ts'
import { coveringHost } from './host-name.ts'
import {
  changePins,
  pinnedPorts,
  withoutPins,
  withPinRecords,
  type PinChange,
} from './host-pins.ts'
import type { HostState } from './publish-state.ts'
import type { ZoneRecord } from './publisher.ts'
import { checkRecords } from './zone-records.ts'
import { checkShadows, mergeRecords, planTakeover, planZone } from './zone-plan.ts'

export interface Holdings {
  readonly owner: PubkeyHex
  /** Hosts this computer publishes. */
  readonly own: ReadonlySet<string>
  /** All hosts of the owner, see `heldHosts`. */
  readonly held: ReadonlyMap<string, HostState>
}

export interface Draft {
  /** First the host asked for, then others that change with it. */
  readonly hosts: readonly HostState[]
  readonly notices: readonly Problem[]
  /** Copies that carry a certificate shall be empty, whoever of the owner's programs wrote them. */
  readonly withdrawsCertificates?: boolean
}

/** `addresses` in place of the A and AAAA records at `host`; everything else the host has stays. */
export function draftAddresses(
  holdings: Holdings,
  host: string,
  addresses: readonly string[],
  followsAddress: boolean,
): Result<Draft> {
  const before = holdings.held.get(host)
  const kept = before?.records ?? takeoverOf(holdings, host)
  const lifetime = followsAddress ? 'dynamic' : (before?.lifetime ?? 'normal')
  return finish(holdings, {
    ...emptyHost(holdings.owner, host),
    ...before,
    records: [...withAddresses(kept, host, addresses)],
    followsAddress,
    lifetime,
    isWithdrawn: false,
  })
}

/** `records` as all that `host` has. A host known from elsewhere only keeps what they do not name. */
export function draftRecords(
  holdings: Holdings,
  host: string,
  records: readonly ZoneRecord[],
  lifetime: HostState['lifetime'] | undefined,
): Result<Draft> {
  const before = holdings.held.get(host)
  const unseen =
    before === undefined
      ? takeoverOf(holdings, host)
      : holdings.own.has(host)
        ? []
        : liveRecords(before)
  const merged = mergeRecords(unseen, records)
  const kept = merged.length - records.length
  const notices = kept > 0 ? [keptNotice(host, kept)] : []
  return finish(holdings, changed(holdings, host, merged, lifetime), notices)
}

/** A whole zone, distributed over the hosts it concerns. */
export function draftZone(
  holdings: Holdings,
  records: readonly ZoneRecord[],
  lifetime: HostState['lifetime'] | undefined,
): Result<Draft> {
  const held = recordsByHost(holdings)
  const hosts: HostState[] = []
  for (const planned of planZone(records, held)) {
    const checked = checkRecords(holdings.owner, planned.host, planned.records)
    if (!checked.ok) return checked
    hosts.push(changed(holdings, planned.host, checked.value, lifetime))
  }
  return hosts.length === 0
    ? fail('publish.bad-zone', 'The zone file has no records to publish.')
    : ok({ hosts, notices: [] })
}

/**
 * The keys of `change` in place of those its ports had, in the entry that speaks for its host:
 * a host covered by a wider one needs no entry of its own for this.
 */
export function draftCertificates(holdings: Holdings, change: PinChange): Result<Draft> {
  const { host } = change
  const entry = coveringHost(host, holdings.held.keys()) ?? host
  const before = holdings.held.get(entry) ?? emptyHost(holdings.owner, entry)
  if (before.isWithdrawn) {
    return fail(
      'publish.withdrawn',
      `${entry} is withdrawn, so nobody would look at a certificate of it.`,
      'Undo the withdrawal first.',
    )
  }
  const wildcard = hidesWildcard(before.records, host, change)
  if (wildcard !== undefined) return wildcard
  const { pins, notices } = changePins(before.pins ?? [], change)
  const bare = withoutPins(
    before.records,
    change.ports.map((port) => ({ host, port })),
  )
  const next = withPinRecords({ ...before, records: bare, pins: [...pins] }, change.now)
  if (next.records.length === 0) {
    return fail(
      'publish.no-records',
      `${entry} has nothing else published, so there would be nothing left.`,
      'Withdraw the name to say that it does not exist.',
    )
  }
  return finish(holdings, next, notices)
}

/** `host` without any pins; see `Publisher.withdrawCertificate`. */
export function draftCertificateWithdrawal(
  holdings: Holdings,
  host: string,
  now: UnixSeconds,
): Result<Draft> {
  const before = holdings.held.get(coveringHost(host, holdings.held.keys()) ?? host)
  if (before === undefined) return unknownHost(host)
  const ports = pinnedPorts(before, host)
  const none = { certificates: [], includeDer: false, isRevocation: true }
  const draft = draftCertificates(holdings, { host, ports, now, ...none })
  // Copies speak for the apex only.
  return draft.ok ? ok({ ...draft.value, withdrawsCertificates: host === '@' }) : draft
}

/** A TLSA record below a name makes the name exist, and a wildcard then covers it no more (RFC 4592). */
function hidesWildcard(
  records: readonly ZoneRecord[],
  host: string,
  { certificates }: PinChange,
): Result<never> | undefined {
  const exists = records.some(({ name }) => name === host || name.endsWith(`.${host}`))
  const isCovered = records.some(
    ({ name }) => name === '*' || (name.startsWith('*.') && host.endsWith(name.slice(1))),
  )
  if (host === '@' || exists || !isCovered || certificates.length === 0) return undefined
  return fail(
    'publish.hides-wildcard',
    `${host} has its address from a wildcard; a certificate of its own would take that away.`,
    `Publish an address for ${host} first.`,
  )
}

/** A tombstone for `host`; its records stay for undo. */
export function draftWithdrawal(holdings: Holdings, host: string): Result<Draft> {
  const before = holdings.held.get(host)
  return before === undefined
    ? unknownHost(host)
    : ok({ hosts: [{ ...before, isWithdrawn: true }], notices: [] })
}

/** The records `host` had before it was withdrawn. */
export function draftReturn(holdings: Holdings, host: string): Result<Draft> {
  const before = holdings.held.get(host)
  if (before === undefined) return unknownHost(host)
  if (!before.isWithdrawn) {
    return fail('publish.not-withdrawn', `${host} is not withdrawn, so there is nothing to undo.`)
  }
  return finish(holdings, { ...before, isWithdrawn: false })
}

function unknownHost(host: string): Result<never> {
  return fail('publish.unknown-host', `${host} has not been published with this key.`)
}

function emptyHost(owner: PubkeyHex, host: string): HostState {
  return {
    pubkey: owner,
    host,
    records: [],
    followsAddress: false,
    lifetime: 'normal',
    isWithdrawn: false,
  }
}

/** `host` with `records`; it goes on following the address as long as the addresses are the same. */
function changed(
  { owner, held }: Holdings,
  host: string,
  records: readonly ZoneRecord[],
  lifetime: HostState['lifetime'] | undefined,
): HostState {
  const before = held.get(host) ?? emptyHost(owner, host)
  const isSame = isSameAddresses(addressesOf(before.records, host), addressesOf(records, host))
  return {
    ...before,
    records: [...records],
    followsAddress: before.followsAddress && isSame,
    lifetime: lifetime ?? before.lifetime,
    isWithdrawn: false,
  }
}

/** Checks `host` and adds the host that loses records to it. */
function finish(
  holdings: Holdings,
  host: HostState,
  notices: readonly Problem[] = [],
): Result<Draft> {
  const { owner, own, held } = holdings
  const checked = checkRecords(owner, host.host, host.records)
  if (!checked.ok) return checked
  const shadows = checkShadows(host.host, checked.value, held.keys())
  if (!shadows.ok) return shadows
  const { from } = planTakeover(host.host, recordsByHost(holdings))
  const loser = from && held.get(from.host)
  const isNew = !held.has(host.host)
  const moving = (isNew && loser?.pins?.filter((pin) => isWithin(pin.host, host.host))) || []
  const pins = [...(host.pins ?? []), ...moving]
  const hosts: HostState[] = [
    { ...host, records: [...checked.value], ...(pins.length > 0 && { pins }) },
  ]
  // An empty host would be a tombstone; and another device's host is that device's to change.
  if (isNew && loser && own.has(loser.host) && from.records.length > 0) {
    const left = loser.pins?.filter((pin) => !moving.includes(pin))
    hosts.push({ ...loser, records: [...from.records], ...(left && { pins: left }) })
  }
  return ok({ hosts, notices })
}

function takeoverOf(holdings: Holdings, host: string): readonly ZoneRecord[] {
  return planTakeover(host, recordsByHost(holdings)).records
}

function recordsByHost({ held }: Holdings): ReadonlyMap<string, readonly ZoneRecord[]> {
  return new Map([...held].map(([host, state]) => [host, liveRecords(state)]))
}

/** What readers are given now: nothing of a withdrawn host. */
function liveRecords({ records, isWithdrawn }: HostState): readonly ZoneRecord[] {
  return isWithdrawn ? [] : records
}

function keptNotice(host: string, count: number): Problem {
  return {
    code: 'publish.kept-records',
    message: `${count} other record${count === 1 ? '' : 's'} of ${host}, published before from elsewhere or with a wider host, ${count === 1 ? 'was' : 'were'} kept.`,
  }
}
