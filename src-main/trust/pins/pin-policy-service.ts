import { type Env, type Unsubscribe, unixSeconds } from '../../env/env.ts'
import type { Health } from '../../env/health.ts'
import { toProblem } from '../../env/errors.ts'
import type { PubkeyHex } from '../../names/name.ts'
import type { Sublevel } from '../../store/database.ts'
import { coveringPart } from '../../systems/nostr/choose-zone.ts'
import type { NostrSystem } from '../../systems/nostr/nostr-system.ts'
import type { OwnerStanding } from '../../systems/nostr/owner-standing.ts'
import { readStaple } from '../origin/read-staple.ts'
import type { Pin, PinDecision, PinPolicy, PinnedName } from '../pin-policy.ts'
import { decidePins, wantsAllRelays } from './decide-pins.ts'
import { type PinHistoryEntry, type PinRecord, readPinRecord, withDecision } from './pin-records.ts'

/** What a pin policy needs to know about names that are keys. */
export type PinSource = Pick<NostrSystem, 'confirm' | 'standing' | 'onChange'>

export interface PinPolicyDeps {
  readonly nostr: PinSource
  /** Last decisions and their history, by name and port. */
  readonly records: Sublevel<unknown>
  readonly health?: Health
}

/** A name and port that was decided on, for people. */
export interface DecidedPin extends PinRecord {
  readonly owner: PubkeyHex
  readonly host: string
  readonly port: number
}

export interface PinPolicyService extends PinPolicy {
  /** Every name and port decided on, also before the last restart; latest decision first. */
  decided(): readonly DecidedPin[]
  /** Changes of what the owner vouched for, newest first, at most 50. */
  history(name: PinnedName, port: number): readonly PinHistoryEntry[]
  /** True once a port of `name` had a pin: from then on plain http is never right for it. */
  wasEverPinned(name: PinnedName): boolean
  /**
   * The pin that the served certificate `der` carries in itself (a stapled event of the owner), unless
   * something the owner signed later is known about `name`: for when relays cannot be asked.
   */
  staplePin(name: PinnedName, der: Uint8Array): Pin | undefined
  /** Drops what is kept about the names of `owner`. */
  forget(owner: PubkeyHex): Promise<void>
}

const maxRecords = 2_000
/** Timers hold 24 days at most; looking more often than needed costs nothing. Milliseconds. */
const longestWaitMs = 3_600_000

interface Entry {
  readonly owner: PubkeyHex
  readonly host: string
  readonly port: number
  readonly record: PinRecord
}

/** Decides what certificates the owners of names vouch for: see the contract and `decide-pins.ts`. */
export function createPinPolicy(env: Env, deps: PinPolicyDeps): PinPolicyService {
  const { nostr, records } = deps
  const log = env.log.child('trust.pins')
  const entries = new Map<string, Entry>()
  const listeners = new Set<(owner: PubkeyHex) => void>()
  let unsubscribe: Unsubscribe | undefined
  let cancelReview: Unsubscribe | undefined
  let writes: Promise<void> = Promise.resolve()

  const write = (task: () => Promise<void>): Promise<void> => {
    writes = writes.then(task).then(
      () => deps.health?.clear('trust.pins'),
      (error: unknown) => {
        // Decisions rest on the signed events; what is lost here is history.
        log.warn('decision not kept', { reason: error })
        deps.health?.raise('trust.pins', 'warning', toProblem(error))
      },
    )
    return writes
  }

  const keep = (key: string, entry: Entry): void => {
    entries.delete(key)
    entries.set(key, entry)
    void write(() => records.put(key, entry.record))
    while (entries.size > maxRecords) {
      const dropped = oldestOfLargestOwner()
      entries.delete(dropped)
      void write(() => records.del(dropped))
    }
  }

  /**
   * Any page can have thousands of hosts of one owner decided on: that must push out its own records,
   * and not what is known of others, such as that they once had a pin.
   */
  const oldestOfLargestOwner = (): string => {
    const keysOf = new Map<PubkeyHex, string[]>()
    for (const [key, { owner }] of entries) {
      const held = keysOf.get(owner)
      if (held === undefined) keysOf.set(owner, [key])
      else held.push(key)
    }
    const [largest] = [...keysOf.values()].toSorted((a, b) => b.length - a.length)
    return largest?.[0] ?? ''
  }

  const judgeStanding = (standing: OwnerStanding, entry: Omit<Entry, 'record'>): PinDecision =>
    decidePins(standing, {
      host: entry.host,
      port: entry.port,
      held: entries.get(keyOf(entry))?.record.held ?? [],
      nowMs: env.clock.nowMs(),
    })

  /** Takes `decision` for the present one of `place`; true when it is another than before. */
  const settle = (
    place: Omit<Entry, 'record'>,
    decision: PinDecision,
    standing: OwnerStanding,
  ): boolean => {
    const key = keyOf(place)
    const before = entries.get(key)
    const record = withDecision(before?.record, decision, {
      nowMs: env.clock.nowMs(),
      isFinal: standing.zone?.format === 'canonical',
    })
    const isOther = fingerprint(before?.record) !== fingerprint(record)
    if (isOther) keep(key, { ...place, record })
    else if (before !== undefined) {
      entries.delete(key)
      entries.set(key, { ...before, record })
    }
    return isOther
  }

  /** Decides again from memory: pins that ran out, or events that just came. */
  const reviewOwner = (owner: PubkeyHex): boolean => {
    const standing = nostr.standing(owner)
    let isChanged = false
    for (const entry of [...entries.values()].filter((each) => each.owner === owner)) {
      if (standing === undefined) continue
      if (settle(entry, judgeStanding(standing, entry), standing)) isChanged = true
    }
    return isChanged
  }

  const review = (): void => {
    const now = env.clock.nowMs()
    const due = new Set(
      [...entries.values()]
        .filter(({ record: { decision } }) => hasRunOut(decision, now))
        .map(({ owner }) => owner),
    )
    for (const owner of due) {
      reviewOwner(owner)
      notify(owner)
    }
    plan()
  }

  const plan = (): void => {
    cancelReview?.()
    const now = env.clock.nowMs()
    const ends = [...entries.values()]
      .flatMap(({ record: { decision } }) =>
        decision.kind === 'pinned' ? decision.validUntil : [],
      )
      .map((validUntil) => validUntil * 1000 - now)
      .filter((wait) => wait > 0)
    cancelReview = env.clock.schedule(Math.min(longestWaitMs, ...ends), review)
  }

  const notify = (owner: PubkeyHex): void => {
    for (const listener of listeners) listener(owner)
  }

  const onNews = (key: string): void => {
    const owner = key.startsWith('nostr:') ? key.slice('nostr:'.length) : undefined
    if (owner === undefined) return
    if (![...entries.values()].some((entry) => entry.owner === owner)) return
    reviewOwner(owner)
    plan()
    notify(owner)
  }

  /** The record of a name and port, with a pinned decision that ran out in the meantime ended. */
  const presentRecord = (entry: Entry): PinRecord => {
    const { record } = entry
    if (!hasRunOut(record.decision, env.clock.nowMs())) return record
    return { ...record, decision: runOut(record.decision) }
  }

  return {
    async decide(name, port, signal) {
      const place = { owner: name.owner, host: name.host, port }
      let standing = await nostr.confirm(name.owner, signal)
      let decision = judgeStanding(standing, place)
      if (wantsAllRelays(standing, decision)) {
        standing = await nostr.confirm(name.owner, signal, { isThorough: true })
        decision = judgeStanding(standing, place)
      }
      if (settle(place, decision, standing)) plan()
      return decision
    },
    lastDecision(name, port) {
      const entry = entries.get(keyOf({ owner: name.owner, host: name.host, port }))
      return entry && presentRecord(entry).decision
    },
    decided: () =>
      [...entries.values()]
        .map((entry) => ({ ...entry, ...presentRecord(entry) }))
        .map(({ record: _record, ...rest }) => rest)
        .toSorted((a, b) => b.decidedAtMs - a.decidedAtMs),
    history: (name, port) =>
      entries.get(keyOf({ owner: name.owner, host: name.host, port }))?.record.history ?? [],
    wasEverPinned: (name) =>
      [...entries.values()].some(
        ({ owner, host, record }) =>
          owner === name.owner && host === name.host && record.isEverPinned,
      ),
    staplePin(name, der) {
      const pin = readStaple(der, name.owner, unixSeconds(env.clock))
      const zone = nostr.standing(name.owner)?.zone
      const known = zone && coveringPart(zone.parts, name.host)
      return pin !== undefined && pin.signedAt > (known?.signedAt ?? 0) ? pin : undefined
    },
    async forget(owner) {
      for (const [key, entry] of entries) {
        if (entry.owner !== owner) continue
        entries.delete(key)
        void write(() => records.del(key))
      }
      await writes
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async start() {
      for await (const [key, value] of records.iterator()) {
        const record = readPinRecord(value)
        const place = placeOf(key)
        if (record !== undefined && place !== undefined) entries.set(key, { ...place, record })
      }
      unsubscribe = nostr.onChange(onNews)
      plan()
    },
    async stop() {
      unsubscribe?.()
      unsubscribe = undefined
      cancelReview?.()
      await writes
    },
  }
}

function keyOf({ owner, host, port }: Omit<Entry, 'record'>): string {
  return `${owner}/${host}:${port}`
}

function placeOf(key: string): Omit<Entry, 'record'> | undefined {
  const [, owner, host, port] = /^([0-9a-f]{64})\/([^:]+):(\d{1,5})$/u.exec(key) ?? []
  if (owner === undefined || host === undefined) return undefined
  return { owner, host, port: Number(port) }
}

function hasRunOut(decision: PinDecision, nowMs: number): boolean {
  return decision.kind === 'pinned' && decision.validUntil * 1000 <= nowMs
}

function runOut(decision: PinDecision): PinDecision {
  if (decision.kind !== 'pinned') return decision
  const [first] = decision.pins
  return decision.isFromCache && first !== undefined && first.validUntil > decision.validUntil
    ? { kind: 'cannot-check', reason: 'no relay has confirmed its keys for a week' }
    : { kind: 'expired', expiredAt: decision.validUntil, eventId: first?.eventId ?? '' }
}

/** Equal for decisions that allow the same; times of confirmation move without being news. */
function fingerprint(record: PinRecord | undefined): string {
  if (record === undefined) return ''
  const { decision, held } = record
  const { validUntil: _end, ...rest } =
    decision.kind === 'pinned' ? decision : { ...decision, validUntil: 0 }
  return JSON.stringify([rest, held.map(({ eventId, value }) => [eventId, value])])
}
