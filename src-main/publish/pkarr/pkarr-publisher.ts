import type {
  PkarrDeliveryView,
  PkarrPublishReport,
} from '../../../src-preload/contract/pkarr-model.ts'
import type { Env, Unsubscribe } from '../../env/env.ts'
import { fail, ok, type Result } from '../../env/errors.ts'
import type { Health } from '../../env/health.ts'
import { repeat } from '../../env/repeat.ts'
import type { Service } from '../../env/service.ts'
import type { PkarrKeyring } from '../../keys/pkarr-keyring.ts'
import type { PkarrKey, SignedPacket } from '../../systems/pkarr/carrier.ts'
import type { PacketSourceService } from '../../systems/pkarr/packet-source.ts'
import { isNewer, openPacket, signedAtMs, signedBytes } from '../../systems/pkarr/signed-packet.ts'
import { buildPayload, type ZoneRecord } from '../../systems/pkarr/zone-packet.ts'
import { createListeners } from '../listeners.ts'
import { createSerializer } from '../owner-turns.ts'
import { createKeptPackets, type Announcement } from './kept-packets.ts'
import { isAnnounced, isSettled, mostNodes, nextAnnouncementMs, warningsOf } from './announcing.ts'

export interface PkarrPublisherDeps {
  readonly path: string
  readonly health: Health
  readonly keyring: PkarrKeyring
  readonly source: PacketSourceService
  readonly isEnabled: () => boolean
  /** Keys of others that are announced too. */
  readonly followed: () => readonly PkarrKey[]
}

/** Publishes zones of own keys, and keeps own and followed packets alive (specs/pkarr.md s.3, s.5). */
export interface PkarrPublisher extends Service {
  /** Replaces the whole zone of `key`, signed later than anything seen of it. */
  publish(
    key: PkarrKey,
    records: readonly ZoneRecord[],
    signal: AbortSignal,
  ): Promise<Result<PkarrPublishReport>>
  /** Announces the packet at hand of `key`, or of every own and followed key, byte for byte. */
  republish(
    key: PkarrKey | undefined,
    signal: AbortSignal,
  ): Promise<Result<readonly PkarrPublishReport[]>>
  announcement(key: PkarrKey): Announcement | undefined
  /** The packet kept of `key`, for showing it while no carrier can be reached. */
  kept(key: PkarrKey): SignedPacket | undefined
  forget(key: PkarrKey): Promise<Result<void>>
  onChange(listener: (key: PkarrKey) => void): Unsubscribe
}

/** When something was tried last, how often in a row in vain, and when it is due again. */
type Plan = Pick<Announcement, 'atMs' | 'failures' | 'nextMs'>

/** How often to look for packets that are due: comparing times survives sleep and set clocks. Milliseconds. */
const tickMs = 15_000
/** Announcements at one time: a user may follow hundreds of keys. */
const atOnce = 4

export function createPkarrPublisher(env: Env, deps: PkarrPublisherDeps): PkarrPublisher {
  const { keyring, source } = deps
  const log = env.log.child('pkarr.publish')
  const kept = createKeptPackets(env, { path: deps.path, health: deps.health })
  const turns = createSerializer()
  const changes = createListeners<PkarrKey>()
  const stopping = new AbortController()
  /** When a key is due again; also where no packet was found, or the disk did not take a note of it. */
  const plans = new Map<PkarrKey, Plan>()
  let isTicking = false
  let cancelTick: Unsubscribe = () => undefined

  const isOwn = (key: PkarrKey): boolean => keyring.list().some((held) => held.key === key)

  /** Later than now, than anything carriers showed, and than what was kept, even with the clock set back. */
  const nextTimestamp = (key: PkarrKey): bigint => {
    const now = BigInt(env.clock.nowMs()) * 1000n
    const seen = [
      source.highestUs(key),
      kept.get(key)?.packet.timestampUs,
      source.held(key)?.packet.timestampUs,
    ]
    return seen.reduce<bigint>(
      (latest, at) => (at !== undefined && at >= latest ? at + 1n : latest),
      now,
    )
  }

  const sign = async (key: PkarrKey, payload: Uint8Array): Promise<Result<SignedPacket>> => {
    const timestampUs = nextTimestamp(key)
    const signature = await keyring.sign(key, signedBytes(timestampUs, payload))
    return signature.ok
      ? openPacket(key, { signature: signature.value, timestampUs, payload })
      : signature
  }

  const isAlive = (key: PkarrKey): boolean => isOwn(key) || deps.followed().includes(key)

  const planOf = (key: PkarrKey): Plan | undefined => plans.get(key) ?? kept.get(key)?.announcement

  const plan = (key: PkarrKey, isDone: boolean): Plan => {
    const atMs = env.clock.nowMs()
    const failures = isDone ? 0 : (planOf(key)?.failures ?? 0) + 1
    const next = { atMs, failures, nextMs: nextAnnouncementMs(atMs, failures, env.random) }
    plans.set(key, next)
    return next
  }

  /** Sends `packet` everywhere and remembers what became of it. */
  const announce = async (
    packet: SignedPacket,
    signal: AbortSignal,
  ): Promise<Result<PkarrPublishReport>> => {
    const { key } = packet
    const results = await source.publish(packet, signal)
    const report = ok(reportOf(packet, results))
    // Broken off is not refused: it is due as it was.
    if (!isAlive(key) || (signal.aborted && !isAnnounced(results))) return report
    const announcement: Announcement = { ...plan(key, isSettled(results)), results }
    const saved = await kept.put({ packet, announcement })
    changes.notify(key)
    return saved.ok ? report : saved
  }

  const publishZone = async (
    key: PkarrKey,
    payload: Uint8Array,
    signal: AbortSignal,
  ): Promise<Result<PkarrPublishReport>> => {
    const publishOnce = async (): Promise<Result<PkarrPublishReport>> => {
      // What others hold decides the timestamp; without a network the clock and the disk do.
      await source.resolve(key, { policy: 'network-only', signal })
      const signed = await sign(key, payload)
      if (!signed.ok) return signed
      // On the disk first: a crash between signing and announcing must not lose the zone.
      const saved = await kept.put({ packet: signed.value })
      if (!saved.ok) return saved
      plans.delete(key)
      return announce(signed.value, signal)
    }
    const report = await publishOnce()
    // Somebody holds a later packet of ours that the first look did not find.
    return hasConflict(report) ? publishOnce() : report
  }

  /** The newest packet at hand of a key that is to be kept alive. */
  const current = async (key: PkarrKey, signal: AbortSignal): Promise<SignedPacket | undefined> => {
    const known = [kept.get(key)?.packet, source.held(key)?.packet].flatMap(
      (packet) => packet ?? [],
    )
    if (known.length > 0) return known.reduce((best, next) => (isNewer(next, best) ? next : best))
    const found = await source.resolve(key, { policy: 'network-only', signal })
    return found.kind === 'found' ? found.held.packet : undefined
  }

  const republishOne = (key: PkarrKey, signal: AbortSignal): Promise<Result<PkarrPublishReport>> =>
    turns.run(key, async () => {
      const packet = await current(key, signal)
      if (packet === undefined) {
        if (isAlive(key) && !signal.aborted) plan(key, false)
        return fail('pkarr.not-found', `There is no packet of ${key} to announce.`)
      }
      const report = await announce(packet, signal)
      if (!hasConflict(report)) return report
      const found = await source.resolve(key, { policy: 'network-only', signal })
      if (found.kind !== 'found' || !isNewer(found.held.packet, packet)) return report
      return announce(found.held.packet, signal)
    })

  const aliveKeys = (): readonly PkarrKey[] => [
    ...new Set([
      ...kept.list().flatMap(({ packet }) => (isOwn(packet.key) ? [packet.key] : [])),
      ...deps.followed(),
    ]),
  ]

  const isDue = (key: PkarrKey): boolean => {
    const at = planOf(key)
    const now = env.clock.nowMs()
    // A clock that was set back must not silence a key.
    return at === undefined || now >= at.nextMs || at.atMs > now
  }

  const announceDue = async (): Promise<void> => {
    const due = aliveKeys().filter(isDue)
    for (let start = 0; start < due.length && !stopping.signal.aborted; start += atOnce) {
      await Promise.all(
        due.slice(start, start + atOnce).map((key) => republishOne(key, stopping.signal)),
      )
    }
  }

  const tick = (): void => {
    if (isTicking || !deps.isEnabled()) return
    isTicking = true
    announceDue()
      .catch((error: unknown) => log.error('announcing failed', { error }))
      .finally(() => {
        isTicking = false
      })
  }

  return {
    async publish(key, records, signal) {
      if (!deps.isEnabled()) return switchedOff()
      if (!isOwn(key)) return fail('keys.unknown', 'That key is not held here.')
      const zone = buildPayload(key, records)
      if (!zone.ok) return zone
      return turns.run(key, () => publishZone(key, zone.value, signal))
    },
    async republish(key, signal) {
      if (!deps.isEnabled()) return switchedOff()
      const reports: PkarrPublishReport[] = []
      for (const one of key === undefined ? aliveKeys() : [key]) {
        const report = await republishOne(one, signal)
        if (report.ok) reports.push(report.value)
        else if (key !== undefined) return report
      }
      return ok(reports)
    },
    announcement: (key) => kept.get(key)?.announcement,
    kept: (key) => kept.get(key)?.packet,
    async forget(key) {
      const removed = await turns.run(key, () => kept.remove(key))
      plans.delete(key)
      if (removed.ok) changes.notify(key)
      return removed
    },
    onChange: changes.add,
    async start() {
      await kept.start()
      cancelTick = repeat(env.clock, tickMs, tick)
    },
    async stop() {
      cancelTick()
      stopping.abort()
      await turns.idle()
      await kept.stop()
    },
  }
}

function switchedOff(): Result<never> {
  return fail('pkarr.off', 'PKARR is switched off.', 'Turn it on in the settings.')
}

function hasConflict(report: Result<PkarrPublishReport>): boolean {
  return report.ok && report.value.delivery.some(({ state }) => state === 'conflict')
}

function reportOf(
  packet: SignedPacket,
  delivery: readonly PkarrDeliveryView[],
): PkarrPublishReport {
  return {
    key: packet.key,
    signedAtMs: signedAtMs(packet),
    size: packet.payload.length,
    delivery,
    nodes: mostNodes(delivery),
    warnings: warningsOf(delivery),
  }
}
