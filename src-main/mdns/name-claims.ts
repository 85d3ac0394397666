/**
 * Who owns which name on one link (RFC 6762 s.8, s.9): asks first, announces twice, defends, and
 * yields. A name that is a key cannot be changed to another one as the RFC suggests, so the loser of
 * a conflict falls silent, says so, and asks again later.
 */
import { nameKey } from '../dns/wire/domain-name.ts'
import { classes } from '../dns/wire/message.ts'
import type { DnsName, Message, RecordType, ResourceRecord, RRset } from '../dns/wire/message.ts'
import type { Env, Unsubscribe } from '../env/env.ts'
import type { HeldNames } from './answer-plan.ts'
import {
  addressRecords,
  compareProposals,
  hostTtl,
  isSameRecord,
  nsecType,
  plainClass,
  type HostRecords,
} from './host-records.ts'
import { randomDelayMs } from './random-delay.ts'

const probeCount = 3
const announcementCount = 2
/** Milliseconds; the first two are given by RFC 6762 s.8.1 and s.8.3. */
const probeGapMs = 250
const announcementGapMs = 1000
/** After losing to a simultaneous probe (s.8.2). */
const tieLostMs = 1000
/** A loser asks again once everything the winner said of itself has expired. */
const retryMs = hostTtl * 1000
/** RFC 6762 s.8.1: at most this many conflicts within the window, else every probe waits. */
const conflictLimit = { count: 15, windowMs: 10_000, waitMs: 5000 }

export interface NameClaimsDeps {
  readonly probe: (hosts: readonly HostRecords[]) => void
  readonly announce: (hosts: readonly HostRecords[]) => void
  readonly goodbye: (hosts: readonly HostRecords[]) => void
  /** Whether `record`, heard from `source`, is about this computer and so no rival's. */
  readonly isOurs: (record: ResourceRecord, source: string) => boolean
  readonly onChange: () => void
}

export interface ClaimView {
  readonly name: DnsName
  readonly state: 'probing' | 'announced' | 'conflict'
  /** Address of the device that has the name, in state `conflict`. */
  readonly rival?: string
}

export interface NameClaims {
  /** The names to claim from now on, with their records; those left out say goodbye. */
  set(hosts: readonly HostRecords[]): void
  /** Verifies every name anew: the network may be another one. */
  restart(): void
  heardResponse(records: readonly ResourceRecord[], source: string): void
  /** `query` may be the probe of somebody who wants one of our names at the same moment. */
  heardProbe(query: Message, source: string): void
  /** Names that are ours, and may be answered for. */
  held(): HeldNames
  view(): readonly ClaimView[]
  /** Says goodbye for what is held. */
  stop(): void
}

interface Claim {
  host: HostRecords
  /** `yielded`: another device has the name. */
  phase: 'waiting' | 'probing' | 'held' | 'yielded'
  /** Probes or announcements sent in this phase. */
  sent: number
  dueMs: number
  rival: string | undefined
}

export function createNameClaims(env: Env, deps: NameClaimsDeps): NameClaims {
  const { clock } = env
  const claims = new Map<string, Claim>()
  let conflictsMs: readonly number[] = []
  let cancel: Unsubscribe | undefined

  /** RFC 6762 s.8.1: hosts switched on together shall not probe together. */
  const startDelayMs = (): number => randomDelayMs(env.random, 0, probeGapMs)

  const arm = (): void => {
    cancel?.()
    cancel = undefined
    const next = Math.min(...[...claims.values()].map(({ dueMs }) => dueMs))
    if (next !== Infinity) cancel = clock.schedule(Math.max(0, next - clock.nowMs()), run)
  }

  const run = (): void => {
    const now = clock.nowMs()
    const probes: HostRecords[] = []
    const announcements: HostRecords[] = []
    for (const claim of claims.values()) {
      if (claim.dueMs > now) continue
      const step = advance(claim, now)
      if (step === 'probe') probes.push(claim.host)
      else announcements.push(claim.host)
    }
    arm()
    if (probes.length > 0) deps.probe(probes)
    if (announcements.length > 0) deps.announce(announcements)
    deps.onChange()
  }

  const backTo = (claim: Claim, phase: 'waiting' | 'yielded', delayMs: number): void => {
    claim.phase = phase
    claim.sent = 0
    claim.dueMs = clock.nowMs() + delayMs
  }

  const conflict = (claim: Claim, source: string): void => {
    const now = clock.nowMs()
    conflictsMs = [...conflictsMs, now].filter((atMs) => now - atMs < conflictLimit.windowMs)
    if (claim.phase === 'probing') {
      claim.rival = source
      return backTo(claim, 'yielded', retryMs)
    }
    // RFC 6762 s.9: ask again at once; the one who has the name will answer.
    const isStorm = conflictsMs.length >= conflictLimit.count
    backTo(claim, 'waiting', isStorm ? conflictLimit.waitMs : startDelayMs())
  }

  const heardRecord = (claim: Claim, record: ResourceRecord, source: string): void => {
    if (deps.isOurs(record, source)) {
      if (claim.phase === 'held' && isDyingCopy(claim.host, record)) deps.announce([claim.host])
      return
    }
    if (record.ttl === 0) {
      const soonMs = clock.nowMs() + tieLostMs + startDelayMs()
      if (claim.phase === 'yielded') claim.dueMs = Math.min(claim.dueMs, soonMs)
    } else if (claim.phase === 'probing') {
      conflict(claim, source)
    } else if (claim.phase === 'held' && record.rdata.type !== nsecType) {
      conflict(claim, source)
    }
  }

  return {
    set(hosts) {
      const wanted = new Map(hosts.map((host) => [nameKey(host.name), host]))
      const leaving = [...claims].filter(([key]) => !wanted.has(key))
      for (const [key] of leaving) claims.delete(key)
      const gone = leaving.filter(([, claim]) => claim.phase === 'held').map(([, { host }]) => host)
      const dueMs = clock.nowMs() + startDelayMs()
      const changed: HostRecords[] = []
      for (const [key, host] of wanted) {
        const claim = claims.get(key)
        if (claim === undefined) {
          claims.set(key, { host, phase: 'waiting', sent: 0, dueMs, rival: undefined })
        } else if (compareProposals(addressRecords(claim.host), addressRecords(host)) !== 0) {
          const lost = lostSets(claim.host, host)
          claim.host = host
          if (claim.phase !== 'held') continue
          // RFC 6762 s.8.4: no probing; the cache-flush bit replaces the old data of each type.
          claim.sent = 0
          claim.dueMs = clock.nowMs()
          if (lost.sets.size > 0) changed.push(lost)
        }
      }
      if (gone.length + changed.length > 0) deps.goodbye([...gone, ...changed])
      arm()
      deps.onChange()
    },
    restart() {
      const delayMs = startDelayMs()
      for (const claim of claims.values()) backTo(claim, 'waiting', delayMs)
      arm()
      deps.onChange()
    },
    heardResponse(records, source) {
      let isConcerned = false
      for (const record of records) {
        const claim = claims.get(nameKey(record.name))
        if (claim === undefined || plainClass(record.class) !== classes.IN) continue
        isConcerned = true
        heardRecord(claim, record, source)
      }
      if (!isConcerned) return
      arm()
      deps.onChange()
    },
    heardProbe(query, source) {
      for (const { name } of query.questions) {
        const claim = claims.get(nameKey(name))
        if (claim?.phase !== 'probing') continue
        const theirs = query.authorities.filter((record) => nameKey(record.name) === nameKey(name))
        if (theirs.every((record) => deps.isOurs(record, source))) continue
        const isLost = compareProposals(addressRecords(claim.host), theirs) < 0
        if (isLost) backTo(claim, 'waiting', tieLostMs)
      }
      arm()
    },
    held: () =>
      new Map(
        [...claims]
          .filter(([, { phase }]) => phase === 'held')
          .map(([key, { host }]) => [key, host] as const),
      ),
    view: () => [...claims.values()].map(viewOf),
    stop() {
      cancel?.()
      cancel = undefined
      const held = [...claims.values()].filter(({ phase }) => phase === 'held')
      claims.clear()
      if (held.length > 0) deps.goodbye(held.map(({ host }) => host))
    },
  }
}

/** Moves `claim`, whose time has come, one step on; says what is to be sent. */
function advance(claim: Claim, now: number): 'probe' | 'announcement' {
  if (claim.phase === 'waiting' || claim.phase === 'yielded') {
    claim.phase = 'probing'
    claim.sent = 0
  }
  if (claim.phase === 'probing' && claim.sent < probeCount) {
    claim.sent += 1
    claim.dueMs = now + probeGapMs
    return 'probe'
  }
  if (claim.phase === 'probing') {
    claim.phase = 'held'
    claim.sent = 0
    claim.rival = undefined
  }
  claim.sent += 1
  claim.dueMs = claim.sent < announcementCount ? now + announcementGapMs : Infinity
  return 'announcement'
}

/**
 * RFC 6762 s.6.6, s.10.1: somebody says what we say, but that it is about to end, such as another
 * program on this computer that stops. The neighbours must not forget it.
 */
function isDyingCopy(host: HostRecords, record: ResourceRecord): boolean {
  return record.ttl * 2 < hostTtl && addressRecords(host).some((own) => isSameRecord(own, record))
}

/** The sets of `before` whose type `after` has no records of: nothing new flushes these. */
function lostSets(before: HostRecords, after: HostRecords): HostRecords {
  const sets = new Map<RecordType, RRset>()
  for (const [type, set] of before.sets) if (!after.sets.has(type)) sets.set(type, set)
  return { name: before.name, sets }
}

function viewOf({ host: { name }, phase, rival }: Claim): ClaimView {
  if (phase === 'held') return { name, state: 'announced' }
  return rival === undefined ? { name, state: 'probing' } : { name, state: 'conflict', rival }
}
