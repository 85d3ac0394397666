import { setMaxListeners } from 'node:events'
import type {
  PkarrCarrierView,
  PkarrDeliveryView,
} from '../../../../src-preload/contract/pkarr-model.ts'
import type { Env } from '../../../env/env.ts'
import type { Health } from '../../../env/health.ts'
import type { Carrier, CarrierEnd, CarrierQuery, PkarrKey, SignedPacket } from '../carrier.ts'
import { decodeKey } from '../key.ts'
import { isNewer } from '../signed-packet.ts'
import { endpointKey } from './contact.ts'
import { withEitherSignal } from '../../../env/either-signal.ts'
import { createDhtClient, type DhtClientDeps } from './dht-client.ts'
import { createItemReader, targetOf } from './mutable-item.ts'
import { judgePut } from './put-outcome.ts'
import { createUpkeep } from './upkeep.ts'

export interface DhtSettings {
  readonly enabled: boolean
  /** UDP port; 0 for any. */
  readonly port: number
  /** `host:port`. */
  readonly bootstrap: readonly string[]
}

export interface DhtCarrierDeps extends Omit<DhtClientDeps, 'bootstrap'> {
  readonly settings: () => DhtSettings
  readonly health?: Health
}

export interface DhtCarrier extends Carrier {
  /** Applies changed settings: lets go of the socket when it is off or on another port. */
  settingsChanged(): void
}

/** Look-ups at once, those waiting for their turn included. */
const maxLookups = 1_000
const portHealthKey = 'pkarr.dht-port'
const silentProblem = 'No DHT node answered.'

/**
 * The Mainline DHT. Nothing is opened before the first question; without a network it fails
 * politely, and tries again after growing pauses while somebody is interested.
 */
export function createDhtCarrier(env: Env, deps: DhtCarrierDeps): DhtCarrier {
  const log = env.log.child('dht')
  const listeners = new Set<() => void>()
  let life = newLife()
  let isRunning = false
  /** The port the socket was asked for, while there is one. */
  let openedFor: number | undefined
  let opening: Promise<string | undefined> | undefined
  let isSilent: boolean | undefined
  let problem: string | undefined
  let lookups = 0
  let lastView = ''

  const client = createDhtClient(
    { ...env, log },
    { ...deps, bootstrap: () => deps.settings().bootstrap },
    (error) => {
      log.warn('the socket of the DHT is gone', { error })
      openedFor = undefined
    },
  )

  const view = (): PkarrCarrierView => {
    const latencyMs = client.latencyMs()
    const state = !deps.settings().enabled
      ? 'off'
      : problem !== undefined
        ? 'failing'
        : isSilent === undefined
          ? 'unused'
          : 'ok'
    return {
      id: 'dht',
      kind: 'dht',
      state,
      nodes: client.size(),
      ...(latencyMs === undefined ? {} : { latencyMs }),
      ...(problem === undefined || state === 'off' ? {} : { lastError: problem }),
    }
  }

  const changed = (): void => {
    const { latencyMs: _latencyMs, ...rest } = view()
    const text = JSON.stringify(rest)
    if (text === lastView) return
    lastView = text
    for (const listener of listeners) listener()
  }

  /** Takes note of a walk that was not cut short. */
  const noteAnswers = (answers: number): void => {
    isSilent = answers === 0
    problem = isSilent ? silentProblem : undefined
    changed()
  }

  const upkeep = createUpkeep(env, async () => {
    if ((await ready()) !== undefined) return false
    const { signal } = life
    const { answers } = await client.refresh(signal)
    if (!signal.aborted) noteAnswers(answers)
    return answers > 0
  })

  const openSocket = async (port: number): Promise<string | undefined> => {
    try {
      await client.open(port)
      if (port === deps.settings().port) deps.health?.clear(portHealthKey)
      return undefined
    } catch (error) {
      if (!isRunning) return 'The DHT client is stopped.'
      if (port !== 0 && isPortTrouble(error)) {
        deps.health?.raise(portHealthKey, 'warning', {
          code: 'pkarr.dht-port-in-use',
          message: `UDP port ${port}, set for the DHT, cannot be used; another one is.`,
          hint: 'Choose another port in the settings, or 0 for any.',
        })
        return openSocket(0)
      }
      log.warn('the socket of the DHT could not be opened', { error })
      return `The DHT socket could not be opened: ${error instanceof Error ? error.message : String(error)}`
    }
  }

  /** Undefined when the client can be used, else why not. */
  const ready = async (): Promise<string | undefined> => {
    if (!isRunning) return 'The DHT client is stopped.'
    const { enabled, port } = deps.settings()
    if (!enabled) return 'The DHT is turned off in the settings.'
    if (openedFor === port) return opening
    openedFor = port
    const opened = openSocket(port).then((trouble) => {
      // Settings that changed meanwhile closed this socket, and may have opened the next one.
      if (trouble === undefined || opening !== opened) return trouble
      openedFor = undefined
      problem = trouble
      changed()
      return trouble
    })
    opening = opened
    return opened
  }

  const resolve = async (
    publicKey: Uint8Array,
    query: CarrierQuery,
    signal: AbortSignal,
  ): Promise<CarrierEnd> => {
    const trouble = await ready()
    if (trouble !== undefined) return { kind: 'failed', problem: trouble }
    upkeep.used()
    const read = createItemReader(publicKey)
    const told = new Set<SignedPacket>()
    let newestUs = -1n
    let invalidSeq = -1n
    // One less than known: of two packets with the same time the one not yet known may be newer.
    const seq = query.knownUs !== undefined && query.knownUs > 0n ? query.knownUs - 1n : undefined
    const target = targetOf(publicKey)
    const { answers } = await client.get({
      target,
      args: { target, seq },
      signal,
      onReply(reply) {
        const reading = read(reply.values)
        if (reading.kind === 'not-dns' && reading.seq > invalidSeq) invalidSeq = reading.seq
        if (reading.kind === 'packet' && !told.has(reading.packet)) {
          told.add(reading.packet)
          if (reading.packet.timestampUs > newestUs) newestUs = reading.packet.timestampUs
          query.onPacket({ packet: reading.packet, lastSeenMs: env.clock.nowMs() })
        }
        return reading.kind !== 'forged'
      },
    })
    // An answer proves the network works; silence proves nothing when the caller cut it short.
    if (answers > 0 || !signal.aborted) noteAnswers(answers)
    if (answers === 0) {
      if (signal.aborted) return { kind: 'failed', problem: 'The look-up was ended early.' }
      upkeep.failed()
      return { kind: 'failed', problem: silentProblem }
    }
    return { kind: 'done', answers, ...(invalidSeq > newestUs ? { invalidSeq } : {}) }
  }

  const announce = async (
    packet: SignedPacket,
    signal: AbortSignal,
  ): Promise<PkarrDeliveryView> => {
    const delivery = { carrier: 'dht', kind: 'dht' } as const
    const trouble = await ready()
    if (trouble !== undefined) return { ...delivery, state: 'unreachable', detail: trouble }
    upkeep.used()
    const read = createItemReader(packet.publicKey)
    const target = targetOf(packet.publicKey)
    const holding = new Set<string>()
    let hasNewer = false
    const { answers, holders } = await client.get({
      target,
      args: { target },
      signal,
      onReply(reply, from) {
        const reading = read(reply.values)
        if (reading.kind === 'packet') {
          if (isNewer(reading.packet, packet)) hasNewer = true
          else if (!isNewer(packet, reading.packet)) holding.add(endpointKey(from))
        }
        if (reading.kind === 'not-dns' && reading.seq >= packet.timestampUs) hasNewer = true
        return reading.kind !== 'forged'
      },
    })
    if (signal.aborted) {
      return { ...delivery, state: 'unreachable', detail: 'The announcement was ended early.' }
    }
    noteAnswers(answers)
    if (answers === 0) {
      upkeep.failed()
      return { ...delivery, state: 'unreachable', detail: silentProblem }
    }
    if (hasNewer) {
      return { ...delivery, state: 'conflict', detail: 'The DHT holds a newer packet of this key.' }
    }
    const { publicKey, signature, timestampUs, payload } = packet
    const args = { target, k: publicKey, seq: timestampUs, sig: signature, v: payload }
    return judgePut(await client.put(holders, args, signal), holding)
  }

  return {
    id: 'dht',
    kind: 'dht',
    start() {
      isRunning = true
      if (life.signal.aborted) life = newLife()
      return Promise.resolve()
    },
    async stop() {
      if (!isRunning) return
      isRunning = false
      openedFor = undefined
      opening = undefined
      life.abort()
      upkeep.stop()
      await client.close()
    },
    async resolve(key: PkarrKey, query) {
      // The DHT has no cache that could be asked alone.
      if (query.policy === 'cache-only') return { kind: 'done', answers: 0 }
      const publicKey = decodeKey(key)
      if (publicKey === undefined) return { kind: 'failed', problem: 'That is not a PKARR key.' }
      if (lookups >= maxLookups) return { kind: 'failed', problem: 'Too many look-ups at once.' }
      lookups += 1
      try {
        return await withEitherSignal(query.signal, life.signal, (signal) =>
          resolve(publicKey, query, signal),
        )
      } finally {
        lookups -= 1
      }
    },
    publish: (packet, callerSignal) =>
      withEitherSignal(callerSignal, life.signal, (signal) => announce(packet, signal)),
    status: view,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    settingsChanged() {
      const { enabled, port } = deps.settings()
      if (openedFor !== undefined && (!enabled || port !== openedFor)) {
        openedFor = undefined
        opening = undefined
        // Look-ups under way end with their socket: that is no silence of the network.
        life.abort()
        life = newLife()
        upkeep.stop()
        void client.close()
      }
      if (!enabled) deps.health?.clear(portHealthKey)
      changed()
    },
  }
}

/** Aborts when the carrier stops or its socket is let go. Every look-up under way listens. */
function newLife(): AbortController {
  const life = new AbortController()
  setMaxListeners(0, life.signal)
  return life
}

function isPortTrouble(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code
  return code === 'EADDRINUSE' || code === 'EACCES'
}
