import type { Env, Unsubscribe } from '../../env/env.ts'
import { repeat } from '../../env/repeat.ts'
import type { Sublevel } from '../../store/database.ts'
import { askCarriers, type CarriersEnd } from './ask-carriers.ts'
import type { Carrier, CarrierQuery, PkarrKey } from './carrier.ts'
import type { HeldPacket, PacketLookup, PacketSourceService } from './packet-source.ts'
import { createPacketStore } from './packet-store.ts'
import type { TtlBounds } from './packet-ttl.ts'
import { isNewer } from './signed-packet.ts'

export interface PacketSourceDeps {
  /** Packets of earlier runs, by key. */
  readonly disk: Sublevel<Uint8Array>
  /** The carriers in use now. */
  readonly carriers: () => readonly Carrier[]
  readonly onCarriers: (listener: () => void) => Unsubscribe
  readonly bounds: () => TtlBounds
  /** Packets of own keys are served however long no carrier has had them. */
  readonly isOwn: (key: PkarrKey) => boolean
  /** Packets on the disk. Default: enough for one person. */
  readonly capacity?: number
}

/** An expired packet is served while it is asked for again, up to this age (RFC 8767 s.5: 1 to 3 days). */
const maxStaleMs = 3 * 86_400_000
/**
 * Carriers are not asked again for this long after they had nothing, nothing newer than a stale packet
 * (RFC 8767 s.5), or could not be reached. Milliseconds.
 */
const pauseMs = { none: 60_000, found: 30_000, failed: 5_000 }
/** Packets in use are asked for again at this part of their time to live, so that nobody waits. */
const refreshAt = 0.8
const refreshTickMs = 15_000
/** A packet seen this far in the future was seen before the clock was set back. Milliseconds. */
const clockSlackMs = 60_000
/** Keys remembered whose newest item is no packet. */
const maxInvalid = 1_000
/** Background refreshes begun at one tick. */
const maxRefreshes = 8

/**
 * Packets by key. Carriers are raced; the first valid packet is the answer, and later newer ones
 * replace it. What is held is never replaced by something older.
 */
export function createPacketSource(env: Env, deps: PacketSourceDeps): PacketSourceService {
  const { clock } = env
  const log = env.log.child('pkarr')
  /** Look-ups and publications under way by key. */
  const busy = new Map<PkarrKey, number>()
  const { disk, bounds } = deps
  const store = createPacketStore({
    disk,
    bounds,
    clock,
    log,
    isBusy: (key) => busy.has(key),
    ...(deps.capacity !== undefined && { capacity: deps.capacity }),
  })
  const listeners = new Set<(key: PkarrKey) => void>()
  const lookups = new Map<string, Promise<PacketLookup>>()
  /** Look-ups that still drain slow carriers, also after their answer was given. */
  const unfinished = new Set<Promise<void>>()
  /** Newest item of a key that is no packet: older packets are not the key's word any more. */
  const invalid = new Map<PkarrKey, bigint>()
  const refused = new Map<PkarrKey, { readonly lookup: PacketLookup; readonly untilMs: number }>()
  /** When each key in use was last asked for. Milliseconds. */
  const used = new Map<PkarrKey, number>()
  let life = new AbortController()
  let cancelTick: Unsubscribe = () => undefined
  let unfollow: Unsubscribe = () => undefined

  /** Whom a question goes to: what others had to say is no answer to it. */
  const circle = (): string =>
    deps
      .carriers()
      .map(({ id }) => id)
      .join(' ')
  let lastCircle = ''

  const changed = (key: PkarrKey): void => {
    for (const listener of listeners) listener(key)
  }
  const isMasked = ({ packet }: HeldPacket): boolean =>
    (invalid.get(packet.key) ?? -1n) > packet.timestampUs
  /** Part of its time to live that is over; 1 and more when it has expired. */
  const ageOf = ({ lastSeenMs, expiresAtMs }: HeldPacket): number => {
    const now = clock.nowMs()
    if (lastSeenMs > now + clockSlackMs) return 1
    return (now - lastSeenMs) / Math.max(1, expiresAtMs - lastSeenMs)
  }
  const isServable = (held: HeldPacket): boolean =>
    !isMasked(held) &&
    (clock.nowMs() < held.expiresAtMs + maxStaleMs || deps.isOwn(held.packet.key))
  const found = (held: HeldPacket): PacketLookup => ({
    kind: 'found',
    held,
    isStale: ageOf(held) >= 1,
  })

  const whileBusy = async <T>(key: PkarrKey, task: () => Promise<T>): Promise<T> => {
    busy.set(key, (busy.get(key) ?? 0) + 1)
    try {
      return await task()
    } finally {
      const others = (busy.get(key) ?? 1) - 1
      if (others === 0) busy.delete(key)
      else busy.set(key, others)
    }
  }

  const conclude = (key: PkarrKey, end: CarriersEnd, isCarrierless: boolean): PacketLookup => {
    if (end.invalidSeq !== undefined && end.invalidSeq > (invalid.get(key) ?? -1n)) {
      invalid.delete(key)
      invalid.set(key, end.invalidSeq)
      const oldest = invalid.size > maxInvalid ? invalid.keys().next().value : undefined
      if (oldest !== undefined) invalid.delete(oldest)
      changed(key)
    }
    const held = store.peek(key)
    // What carriers no longer have, but once had, is served until it is too old (RFC 8767).
    if (held !== undefined && isServable(held)) return found(held)
    const invalidSeq = invalid.get(key)
    if (end.answers > 0) {
      return { kind: 'none', answers: end.answers, ...(invalidSeq !== undefined && { invalidSeq }) }
    }
    const problem = isCarrierless
      ? 'there is no relay in the settings and the DHT is off'
      : (end.problems[0] ?? 'no relay and no DHT node answered')
    return { kind: 'failed', problem }
  }

  /** One look-up at the carriers; `first` resolves with the first packet, the promise when all is over. */
  const ask = async (
    key: PkarrKey,
    policy: CarrierQuery['policy'],
    isThorough: boolean,
    first: (lookup: PacketLookup) => void,
  ): Promise<PacketLookup> => {
    const known = await store.recall(key)
    const carriers = deps.carriers()
    const asked = circle()
    const end = await askCarriers(env, carriers, {
      key,
      policy,
      knownUs: known?.packet.timestampUs,
      isThorough,
      signal: life.signal,
      onPacket(sighting, carrier) {
        const isNew = store.accept(sighting, { source: carrier.kind, carrier: carrier.id })
        refused.delete(key)
        if (isNew) changed(key)
        const held = store.peek(key)
        if (held === undefined || !isServable(held)) return false
        first(found(held))
        // An older packet than ours says nothing about whether ours is the newest.
        return ageOf(held) < 1 && !isNewer(held.packet, sighting.packet)
      },
    })
    const lookup = conclude(key, end, carriers.length === 0)
    const isFresh = lookup.kind === 'found' && !lookup.isStale
    if (!isFresh && policy !== 'cache-only' && asked === circle()) {
      refused.set(key, { lookup, untilMs: clock.nowMs() + pauseMs[lookup.kind] })
    }
    return lookup
  }

  /** Same questions share one look-up. Resolves with the first packet, or the end. */
  const lookUp = (
    key: PkarrKey,
    policy: CarrierQuery['policy'],
    isThorough = policy === 'network-only',
  ): Promise<PacketLookup> => {
    const id = `${policy} ${key} ${circle()}`
    const running = lookups.get(id)
    if (running !== undefined) return running
    const answer = new Promise<PacketLookup>((resolve) => {
      const first = policy === 'network-only' ? (): void => undefined : resolve
      const whole = whileBusy(key, () => ask(key, policy, isThorough, first))
        .then(resolve, (error: unknown) => {
          log.error('a look-up failed', { error })
          resolve({ kind: 'failed', problem: 'internal error' })
        })
        .finally(() => {
          lookups.delete(id)
          unfinished.delete(whole)
        })
      unfinished.add(whole)
    })
    lookups.set(id, answer)
    return answer
  }

  /**
   * Asks again while nobody waits: carriers that are slow get their time, or a quick relay that stays
   * behind would have the last word each time.
   */
  const refresh = (key: PkarrKey): void => void lookUp(key, 'cache-first', true)

  const fromCache = async (key: PkarrKey): Promise<PacketLookup> => {
    const held = await store.recall(key)
    if (held !== undefined && isServable(held)) {
      if (ageOf(held) >= refreshAt && isWorthAsking(key)) refresh(key)
      return found(held)
    }
    const known = refused.get(key)
    if (known !== undefined && clock.nowMs() < known.untilMs) return known.lookup
    return lookUp(key, 'cache-first')
  }

  /** Not while the last refusal is fresh: a stale packet in use must not ask carriers at every question. */
  const isWorthAsking = (key: PkarrKey): boolean => {
    const known = refused.get(key)
    return known === undefined || clock.nowMs() >= known.untilMs
  }

  const carriersChanged = (): void => {
    const now = circle()
    if (now === lastCircle) return
    lastCircle = now
    const keys = [...refused.keys()]
    refused.clear()
    for (const key of keys) changed(key)
  }

  const refreshUsed = (): void => {
    const now = clock.nowMs()
    for (const [key, known] of refused) if (now >= known.untilMs) refused.delete(key)
    let begun = 0
    for (const [key, lastMs] of used) {
      const held = store.peek(key)
      if (held === undefined || now - lastMs > 2 * (held.expiresAtMs - held.lastSeenMs)) {
        used.delete(key)
      } else if (begun < maxRefreshes && ageOf(held) >= refreshAt && isWorthAsking(key)) {
        begun += 1
        refresh(key)
      }
    }
  }

  return {
    async resolve(key, { policy, signal }) {
      if (signal.aborted) return aborted
      if (policy !== 'cache-only') used.set(key, clock.nowMs())
      const answer =
        policy === 'cache-first'
          ? fromCache(key)
          : policy === 'cache-only'
            ? store
                .recall(key)
                .then((held) =>
                  held === undefined || isMasked(held) ? lookUp(key, policy) : found(held),
                )
            : lookUp(key, policy)
      return orAborted(answer, signal)
    },
    held: (key) => store.peek(key),
    list: store.list,
    publish: (packet, signal) =>
      whileBusy(packet.key, async () => {
        const known = await store.recall(packet.key)
        // What is announced again is no younger for it, until a carrier has taken it.
        if (known === undefined || isNewer(packet, known.packet)) {
          store.accept({ packet, lastSeenMs: clock.nowMs() }, { source: 'cache' })
          changed(packet.key)
        }
        refused.delete(packet.key)
        const results = await Promise.all(
          deps.carriers().map((carrier) => carrier.publish(packet, signal)),
        )
        for (const { carrier, kind, state } of results) {
          if (state !== 'stored') continue
          store.accept({ packet, lastSeenMs: clock.nowMs() }, { source: kind, carrier })
        }
        changed(packet.key)
        return results
      }),
    highestUs(key) {
      const known = [store.peek(key)?.packet.timestampUs, invalid.get(key)]
      return known.reduce((a, b) => (a === undefined || (b !== undefined && b > a) ? b : a))
    },
    async forget(key) {
      refused.delete(key)
      invalid.delete(key)
      used.delete(key)
      await store.forget(key)
      changed(key)
    },
    carriers: () => deps.carriers().map((carrier) => carrier.status()),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    onCarriers: deps.onCarriers,
    async start() {
      life = new AbortController()
      cancelTick = repeat(clock, refreshTickMs, refreshUsed)
      lastCircle = circle()
      unfollow = deps.onCarriers(carriersChanged)
    },
    async stop() {
      cancelTick()
      unfollow()
      life.abort()
      await Promise.all(unfinished)
      await store.flush()
    },
  }
}

const aborted: PacketLookup = { kind: 'failed', problem: 'the question was withdrawn' }

/** The answer, or the end of waiting for it: others may still want it. */
function orAborted(answer: Promise<PacketLookup>, signal: AbortSignal): Promise<PacketLookup> {
  return new Promise((resolve) => {
    const onAbort = (): void => resolve(aborted)
    signal.addEventListener('abort', onAbort, { once: true })
    void answer.then(resolve).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
