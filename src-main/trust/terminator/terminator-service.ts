import type { Socket } from 'node:net'
import { unixSeconds, type Env, type Unsubscribe } from '../../env/env.ts'
import type { Health } from '../../env/health.ts'
import { repeat } from '../../env/repeat.ts'
import { findPortOwner } from '../../dns/listeners/port-owner.ts'
import type { PubkeyHex } from '../../names/name.ts'
import { canSpeakAlt, verifyAlt } from '../origin/verify-alt.ts'
import type { PinDecision, PinnedName } from '../pin-policy.ts'
import { createTargetReader, type TargetReading } from '../proxy/connect-target.ts'
import { createHttpFront, createTransparentHttp } from '../proxy/http-front.ts'
import { acceptEveryPeer, createPeerGuard, type PeerGuard } from '../proxy/peer-user.ts'
import { selfTestDomain } from '../proxy/self-test.ts'
import { openProxyFront, refuseTunnel, type ProxyFront } from '../proxy/proxy-front.ts'
import type { ProxyStatus, Terminator, TlsObservation } from '../terminator.ts'
import { createTransparentMode, type TransparentPorts } from '../transparent/transparent-mode.ts'
import { revocationReason } from './judge-again.ts'
import { createLiveConnections, type LiveConnection } from './live-connections.ts'
import { createProtocolMemory } from './protocol-memory.ts'
import { createServedCertificates } from './served-certificates.ts'
import { tlsProfiles } from './open-server.ts'
import { createOwnAnswers } from './own-answers.ts'
import { serveSelfTest, serveTransparent, serveTunnel, type TunnelDeps } from './tunnel.ts'
import { type Route, routeToAddresses } from './upstream.ts'

export interface TerminatorDeps extends Pick<
  TunnelDeps,
  'authority' | 'pins' | 'resolve' | 'allowsPrivate' | 'readStaple'
> {
  /** True once any port of `name` had a pin: plain http is then never right for it. */
  wasEverPinned(name: PinnedName): boolean
  /**
   * Whether servers whose TLS key is the Nostr key of their name are accepted without a pin, of names
   * that never had one. Needs a TLS that knows the curve (`canSpeakAlt`); not unless told so.
   */
  readonly readsAlt?: boolean
  readonly health: Health
  /** Proxy port on loopback; 0 takes any free one. */
  readonly port: number
  /** Ports of servers that clients may ask for; 443 unless told otherwise. */
  readonly serverPorts?: readonly number[]
  /** Ports of the transparent mode; those of https and http unless told otherwise. */
  readonly transparentPorts?: TransparentPorts
  /** How servers are reached; at the addresses given, unless told otherwise. */
  readonly route?: Route
  /** Who may connect; this user only, where the system can tell, unless told otherwise. */
  readonly openGuard?: () => PeerGuard
}

/** Time for a new decision about connections that are open. Milliseconds. */
const redecideTimeoutMs = 15_000
/**
 * While a connection is open its owner is asked about this often: owners nobody asks about for a day
 * are followed no more, and their news would not arrive (specs: tls-trust s.5.4). Milliseconds.
 */
const redecideEveryMs = 300_000
const healthKey = 'proxy.port'
const httpsPort = 443
const usualTransparentPorts: TransparentPorts = { tls: httpsPort, http: 80 }

/**
 * The proxy browsers are sent to for `.nostr` names. `start` never fails because of a port: that is
 * in `health` and `status()`, and browsers must then not be pointed here.
 */
export function createTerminator(env: Env, deps: TerminatorDeps): Terminator {
  const { clock } = env
  const log = env.log.child('proxy')
  const { health, pins } = deps
  const readTarget = createTargetReader(deps.serverPorts ?? [443])
  const route = deps.route ?? routeToAddresses
  const listeners = new Set<(observation: TlsObservation) => void>()
  let front: ProxyFront | undefined
  let guard: PeerGuard | undefined
  let problem: string | undefined
  let running: Unsubscribe | undefined

  const leadsBack = (address: string, port: number): boolean => transparent.leadsBack(address, port)
  const isAllowed = (peer: Socket): Promise<boolean> =>
    guard?.allows(peer) ?? Promise.resolve(false)
  const observe = (observation: TlsObservation): void => {
    for (const listener of listeners) listener(observation)
  }
  const revoke = (connection: LiveConnection, decision: PinDecision, detail: string): void => {
    const { target, served } = connection
    connection.destroy()
    observe({
      ...target,
      atMs: clock.nowMs(),
      decision,
      served,
      outcome: 'revoked',
      detail,
    })
  }
  const live = createLiveConnections(clock, (connection) => {
    const decision = decisionOf(connection)
    revoke(connection, decision, 'the time its owner vouched for has ended')
  })
  const decisionOf = ({ target }: LiveConnection): PinDecision =>
    pins.lastDecision(target.name, target.port) ?? {
      kind: 'cannot-check',
      reason: 'nothing was decided yet',
    }
  const review = (connection: LiveConnection, decision: PinDecision): void => {
    const reason = revocationReason(connection, decision, clock)
    if (reason !== undefined) revoke(connection, decision, reason)
  }
  /** What is known now counts at once; then the policy may ask again. */
  const judgeAgain = (owner: PubkeyHex): void => {
    for (const connection of live.of(owner)) review(connection, decisionOf(connection))
    const targets = new Map(live.of(owner).map(({ target }) => [keyOf(target), target]))
    for (const [key, { name, port }] of targets) {
      const signal = AbortSignal.timeout(redecideTimeoutMs)
      pins.decide(name, port, signal).then(
        (decision) => {
          for (const connection of live.of(owner)) {
            if (keyOf(connection.target) === key) review(connection, decision)
          }
        },
        (error: unknown) => log.error('cannot judge again', { error }),
      )
    }
  }

  const readsAlt = deps.readsAlt ?? false
  // Whoever pinned a key once has another way of saying which key is right, also by taking it back.
  const mayBeAlt = (name: PinnedName): boolean => readsAlt && !deps.wasEverPinned(name)

  const answers = createOwnAnswers(clock, deps.authority)
  const tunnelDeps: TunnelDeps = {
    clock,
    log,
    authority: deps.authority,
    pins,
    resolve: deps.resolve,
    allowsPrivate: deps.allowsPrivate,
    leadsBack,
    ...(deps.readStaple === undefined ? {} : { readStaple: deps.readStaple }),
    readsStaples: deps.readStaple !== undefined,
    mayBeAlt,
    readAlt: (der, name, domain) =>
      mayBeAlt(name) ? verifyAlt(der, name.owner, domain, unixSeconds(clock)) : undefined,
    protocols: createProtocolMemory(),
    route,
    profiles: tlsProfiles(canSpeakAlt()),
    describe: createServedCertificates(),
    live,
    answers,
    observe,
  }
  const httpDeps = {
    clock,
    log,
    pins,
    resolve: deps.resolve,
    allowsPrivate: deps.allowsPrivate,
    leadsBack,
    wasEverPinned: deps.wasEverPinned,
    route,
    isAllowed,
  }
  const httpFront = createHttpFront({ ...httpDeps, port: () => front?.port ?? deps.port })
  const abandon = (socket: Socket, error: unknown): void => {
    log.error('a tunnel failed', { error })
    socket.destroy()
  }
  const onConnect = (socket: Socket, text: string): void => {
    const reading = readTarget(text)
    if (!reading.ok) {
      refuseTunnel(socket, 403, 'Forbidden', reading.reason)
      return
    }
    const serve = reading.target.domain === selfTestDomain ? serveSelfTest : serveTunnel
    serve(tunnelDeps, socket, reading.target, isAllowed(socket)).catch((error: unknown) =>
      abandon(socket, error),
    )
  }
  const readServerName = createTargetReader([httpsPort])
  const transparent = createTransparentMode({
    log,
    health,
    ports: deps.transparentPorts ?? usualTransparentPorts,
    onTls(socket) {
      const readName = (name: string): TargetReading => readServerName(`${name}:${httpsPort}`)
      serveTransparent(tunnelDeps, socket, readName, isAllowed(socket)).catch((error: unknown) =>
        abandon(socket, error),
      )
    },
    onRequest: createTransparentHttp(httpDeps),
  })

  const describeFailure = async (error: unknown): Promise<string> => {
    const code = (error as { code?: unknown } | null)?.code
    if (code !== 'EADDRINUSE') {
      return `Cannot listen on port ${deps.port}: ${error instanceof Error ? error.message : String(error)}`
    }
    const owner = await findPortOwner(deps.port, ['tcp', 'tcp6'])
    return `Port ${deps.port} is already used by ${owner ?? 'another program'}.`
  }

  return {
    async start() {
      if (running !== undefined) return
      const stopListening = pins.onChange(judgeAgain)
      const stopAsking = repeat(clock, redecideEveryMs, () => live.owners().forEach(judgeAgain))
      running = () => {
        stopListening()
        stopAsking()
      }
      guard = (deps.openGuard ?? openDefaultGuard)()
      try {
        front = await openProxyFront({
          clock,
          log,
          port: deps.port,
          onConnect,
          onRequest: httpFront,
        })
        problem = undefined
        health.clear(healthKey)
        log.info('listening', { port: front.port })
      } catch (error) {
        problem = await describeFailure(error)
        log.error('the proxy is not available', { problem })
        // Whoever holds the port would be sent every browser's .nostr traffic (s.6, squatting).
        health.raise(healthKey, 'error', {
          code: 'proxy.port-in-use',
          message: `${problem} Browsers cannot open .nostr pages.`,
          hint: 'Stop that program, or choose another port and set up the browsers again.',
        })
      }
    },
    async stop() {
      running?.()
      running = undefined
      await transparent.set(false)
      const closing = front?.close()
      front = undefined
      problem = undefined
      live.destroyAll()
      guard?.close()
      guard = undefined
      answers.close()
      await closing
    },
    status: (): ProxyStatus => {
      const port = front?.port ?? deps.port
      return {
        state: front !== undefined ? 'listening' : problem === undefined ? 'off' : 'failed',
        port,
        pacUrl: `http://127.0.0.1:${port}/proxy.pac`,
        connections: live.size,
        ...(problem === undefined ? {} : { problem }),
      }
    },
    transparent: transparent.status,
    setTransparent: (isWanted) => transparent.set(isWanted && running !== undefined),
    onObservation(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    judgeAgain,
  }
}

function keyOf({ domain, port }: { readonly domain: string; readonly port: number }): string {
  return `${domain}:${port}`
}

function openDefaultGuard(): PeerGuard {
  const uid = process.getuid?.()
  return process.platform === 'linux' && uid !== undefined
    ? createPeerGuard(uid)
    : acceptEveryPeer()
}
