import type { Env, Unsubscribe } from '../env/env.ts'
import type { Health } from '../env/health.ts'
import type { Logger } from '../env/logger.ts'
import type { Service } from '../env/service.ts'
import type { OwnerKey } from '../names/name.ts'
import { parseName } from '../names/parse-name.ts'
import { isPrivateAddress } from '../systems/address-filter.ts'
import type { NameSystem } from '../systems/name-system.ts'
import type {
  Counters,
  ListenerStatus,
  ResolveReport,
  UpstreamStatus,
} from '../../src-preload/contract/model.ts'
import type { Settings } from '../../src-preload/contract/settings.ts'
import { createManagedAnswers } from './answers/managed-answers.ts'
import type { ForwardedRecords } from './answers/managed-answers.ts'
import { createSteeredAnswers, type Steering } from './answers/steered-answers.ts'
import { createReceiveBatch } from './batched/datagram-batch.ts'
import type { SocketCalls } from './batched/socket-calls.ts'
import { loadSocketCalls } from './batched/socket-calls.ts'
import { createTurn } from './batched/turn.ts'
import { openBatchedUdp } from './batched/udp-batched.ts'
import { createBatchedSockets } from './batched/upstream-socket.ts'
import { createAnswerStore } from './cache/answer-store.ts'
import type { OwnerHits } from './cache/owner-index.ts'
import { createWireCache } from './cache/wire-cache.ts'
import { reportOf } from './explain.ts'
import { createDnsUpstream } from './forwarder/dns-upstream.ts'
import { createDohUpstream } from './forwarder/doh-upstream.ts'
import { createForwarder } from './forwarder/forwarder.ts'
import { createRandomPool } from './forwarder/random-pool.ts'
import { openPortableSocket } from './forwarder/udp-socket.ts'
import type { Upstream } from './forwarder/upstream.ts'
import { parseUpstream } from './forwarder/upstream-address.ts'
import { openDoh } from './listeners/doh-listener.ts'
import type { EndpointPlan } from './listeners/endpoints.ts'
import { createEndpoint } from './listeners/endpoints.ts'
import type { OpenSocket } from './listeners/open-port.ts'
import { openTcp } from './listeners/tcp-listener.ts'
import { openPortableUdp } from './listeners/udp-portable.ts'
import { createPacketPool } from './packet-pool.ts'
import { createQueryCounters } from './query-counters.ts'
import { createQueryScanner } from './query-scanner.ts'
import type { ManagedQuery } from './query-server.ts'
import { answerLocally, createQueryServer, isManagedName } from './query-server.ts'
import { createPublicLookup } from './public-lookup.ts'
import { nameKey } from './wire/domain-name.ts'
import type { DnsName, RecordType } from './wire/message.ts'

/** The part of the settings the name server follows. */
export type NameServerConfig = Settings['resolver']

export interface NameServerDeps {
  readonly systems: readonly NameSystem[]
  readonly health: Health
  readonly config: NameServerConfig
  /** Whether private addresses behind this owner's aliases are answered: own and allowed keys. */
  readonly allowsPrivate: (owner: OwnerKey) => boolean
  /** The canary of the operating system's split DNS; no name is one without it. */
  readonly answersCanary?: (name: DnsName) => string | undefined
  /** The batched path's system calls; `loadSocketCalls` unless a test or the bench says otherwise. */
  readonly loadSocketCalls?: (log: Logger) => SocketCalls | undefined
}

export interface NameServer extends Service {
  listeners(): readonly ListenerStatus[]
  upstreams(): readonly UpstreamStatus[]
  counters(): Counters
  /** The toggle: while off, managed names are REFUSED and all else works as before. */
  setEnabled(enabled: boolean): void
  /** Drops exactly the cached answers made from this owner's data. */
  invalidate(owner: OwnerKey): void
  /**
   * Leads clients of some names to this computer from now on, or no more; all cached answers are
   * dropped. `explain` goes on telling what owners signed.
   */
  steer(steering: Steering | undefined): void
  /** Follows changed settings; the cache stays, and listeners whose port is unchanged stay open. */
  reconfigure(config: NameServerConfig): Promise<void>
  /** Look-ups of managed names as they finish. Cache hits are in `takeOwnerHits`. */
  onQuery(listener: (query: ManagedQuery) => void): Unsubscribe
  /** Answers served from the cache per owner since the last call. */
  takeOwnerHits(): readonly OwnerHits[]
  /**
   * Resolves past the cache of answers, and says why the result may be believed. `onResolved` is told
   * of a managed name, as `onQuery` is of a program's question.
   */
  explain(
    name: string,
    type: RecordType,
    onResolved?: (query: ManagedQuery) => void,
  ): Promise<ResolveReport>
}

/**
 * The DNS server: UDP, TCP and DoH listeners on loopback, the cache, the managed names and the
 * forwarder. `start` never fails because of a port: such conditions are in `health` and
 * `listeners()`.
 */
export function createNameServer(env: Env, deps: NameServerDeps): NameServer {
  const { clock } = env
  const log = env.log.child('dns')
  const { health, systems } = deps
  let config = deps.config
  const random = createRandomPool(env.random)
  const cache = createWireCache()
  const counters = createQueryCounters(clock)
  const forwarder = createForwarder(clock)
  const turn = createTurn()
  const pool = createPacketPool()
  const listeners = new Set<(query: ManagedQuery) => void>()
  const endpoints = {
    proxy: createEndpoint('proxy'),
    split: createEndpoint('split'),
    doh: createEndpoint('doh'),
  }
  const subscriptions: Unsubscribe[] = []
  let calls: SocketCalls | undefined
  let receiver: ReturnType<typeof createReceiveBatch> | undefined
  let isRunning = false
  let steering: Steering | undefined

  const publicLookup = createPublicLookup(env.random, () => server)
  const managed = createManagedAnswers({
    clock,
    log,
    systems,
    allowsPrivate: deps.allowsPrivate,
    isPrivateAddress,
    forward: publicLookup,
  })
  const steered = createSteeredAnswers(managed, { clock, steering: () => steering })
  const server = createQueryServer({
    clock,
    log,
    scanner: createQueryScanner(env.random),
    cache,
    store: createAnswerStore(cache),
    counters,
    forwarder,
    pool,
    managed: steered,
    answersCanary: deps.answersCanary ?? (() => undefined),
    onManagedQuery(query) {
      for (const listener of listeners) listener(query)
    },
  })
  server.setEnabled(config.enabled)

  const planFor = (id: 'proxy' | 'split' | 'doh'): EndpointPlan => {
    const { usePortFallback } = config
    if (id === 'doh') {
      const open: OpenSocket = (address, port) => openDoh(server, address, port, log)
      const port = config.dohPort
      return { id, protocols: ['http'], port, usePortFallback, openers: [open] }
    }
    const batch = calls && receiver ? { calls, receiver, turn, log } : undefined
    const openUdp: OpenSocket = (address, port) =>
      batch
        ? openBatchedUdp(batch, server, id, address, port)
        : openPortableUdp(server, id, address, port, log)
    return {
      id,
      protocols: ['udp', 'tcp'],
      engine: batch ? 'batched' : 'portable',
      port: id === 'proxy' ? config.proxyPort : config.splitPort,
      usePortFallback,
      openers: [openUdp, (address, port) => openTcp(server, id, address, port, clock, log)],
    }
  }

  const openEndpoint = async (id: 'proxy' | 'split' | 'doh'): Promise<void> => {
    const plan = planFor(id)
    const problem = await endpoints[id].open(plan)
    const status = endpoints[id].status()
    if (problem) {
      log.error('a listener is not available', { id, problem: problem.message })
      health.raise(`dns.${id}`, 'error', problem)
      return
    }
    log.info('listening', { id, port: status.port, addresses: status.addresses })
    if (plan.port !== 0 && status.port !== plan.port) {
      health.raise(`dns.${id}`, 'warning', {
        code: 'dns.port-moved',
        message: `Port ${plan.port} is busy, so the ${id} listener uses port ${status.port}.`,
        hint: 'Programs that were told the old port must be told the new one.',
      })
    } else {
      health.clear(`dns.${id}`)
    }
  }

  const applyUpstreams = (): void => {
    const openSocket =
      calls && receiver ? createBatchedSockets(calls, receiver, turn) : openPortableSocket
    const upstreams: Upstream[] = []
    const problems: string[] = []
    for (const text of config.upstreams) {
      const parsed = parseUpstream(text)
      if (!parsed.ok) problems.push(parsed.error.message)
      else if (parsed.value.kind === 'doh') {
        upstreams.push(createDohUpstream(text, parsed.value.url, clock))
      } else {
        const { address, port } = parsed.value
        upstreams.push(
          createDnsUpstream(text, address, port, { clock, log, random, pool, openSocket }),
        )
      }
    }
    forwarder.replace(upstreams)
    if (problems.length === 0) health.clear('dns.upstreams')
    else {
      health.raise('dns.upstreams', upstreams.length === 0 ? 'error' : 'warning', {
        code: 'dns.bad-upstream',
        message: problems.join(' '),
        hint: 'Write an IP address such as 1.1.1.1, or an https:// address.',
      })
    }
  }

  const explain: NameServer['explain'] = async (text, type, onResolved) => {
    const startedMs = clock.nowMs()
    const name = parseName(text)
    const qname = name.kind === 'secret' ? '.' : nameKey(text)
    const local = answerLocally(name, qname, type)
    if (local) return reportOf(qname, type, local, clock, startedMs)
    const signal = AbortSignal.timeout(5_000)
    if (isManagedName(name)) {
      const resolved = await managed.resolve(qname, name, type, signal)
      onResolved?.({ name: qname, type, resolved })
      return reportOf(qname, type, resolved, clock, startedMs)
    }
    const found: ForwardedRecords = await publicLookup(qname, type, signal)
    return reportOf(
      qname,
      type,
      {
        ...found,
        isAuthoritative: false,
        isManaged: false,
        owners: [],
        isCacheable: false,
        steps: [
          { source: 'upstream', name: qname, type, rcode: found.rcode, records: found.answers },
        ],
      },
      clock,
      startedMs,
    )
  }

  return {
    async start() {
      if (isRunning) return
      isRunning = true
      calls = (deps.loadSocketCalls ?? loadSocketCalls)(log)
      receiver = calls && createReceiveBatch(calls, receiveSlot)
      applyUpstreams()
      for (const system of systems)
        subscriptions.push(system.onChange((owner) => server.invalidate(owner)))
      for (const id of ['proxy', 'split', 'doh'] as const) await openEndpoint(id)
    },
    async stop() {
      if (!isRunning) return
      isRunning = false
      for (const unsubscribe of subscriptions.splice(0)) unsubscribe()
      await Promise.all(Object.values(endpoints).map((endpoint) => endpoint.close()))
      server.stop()
      await forwarder.stop()
    },
    listeners: () => Object.values(endpoints).map((endpoint) => endpoint.status()),
    upstreams: () => forwarder.status(),
    counters: () => counters.snapshot(),
    setEnabled: (enabled) => server.setEnabled(enabled),
    invalidate: (owner) => server.invalidate(owner),
    steer(next) {
      if (next === steering) return
      steering = next
      server.clear()
    },
    async reconfigure(next) {
      const before = config
      config = next
      server.setEnabled(next.enabled)
      if (!isRunning) return
      if (next.upstreams.join('\n') !== before.upstreams.join('\n')) applyUpstreams()
      const isFallbackChanged = next.usePortFallback !== before.usePortFallback
      const ports = [
        ['proxy', next.proxyPort, before.proxyPort],
        ['split', next.splitPort, before.splitPort],
        ['doh', next.dohPort, before.dohPort],
      ] as const
      for (const [id, port, oldPort] of ports) {
        const isOk = endpoints[id].status().state === 'listening'
        if (port !== oldPort || (isFallbackChanged && !isOk)) await openEndpoint(id)
      }
    },
    onQuery(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    takeOwnerHits: () => cache.takeOwnerHits(),
    explain,
  }
}

/** Octets of a datagram that are looked at; longer queries are cut and so malformed. */
const receiveSlot = 4096
