import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { type Clock, unixSeconds } from '../../env/env.ts'
import type { Logger } from '../../env/logger.ts'
import type { LocalAuthority } from '../local-authority.ts'
import type { PinDecision } from '../pin-policy.ts'
import type { ProxyTarget, TargetReading } from '../proxy/connect-target.ts'
import { selfTestDomain, selfTestMark } from '../proxy/self-test.ts'
import type { TlsObservation } from '../terminator.ts'
import { approach, type Approach, type ApproachDeps } from './approach.ts'
import { type Block, blockOfDecision } from './block.ts'
import { blockAnswer } from './block-page.ts'
import { acceptBrowser } from './browser-side.ts'
import { judgeServer, type JudgeDeps, type Verdict } from './judge-server.ts'
import type { LiveConnections } from './live-connections.ts'
import { peekClientHello } from './peek-hello.ts'
import { noProtocol, type ProtocolMemory } from './protocol-memory.ts'
import type { GreetedClient, OwnAnswers } from './own-answers.ts'
import { splice } from './splice.ts'
import { openServer, type TlsProfiles } from './open-server.ts'
import { type Attempt, offeredProtocols, type Route, type Upstream } from './upstream.ts'
import { noWarmUp, type WarmUp, warmUp } from './warm-up.ts'

export interface TunnelDeps extends ApproachDeps, JudgeDeps {
  readonly clock: Clock
  readonly log: Logger
  readonly route: Route
  readonly authority: LocalAuthority
  readonly profiles: TlsProfiles
  readonly live: LiveConnections
  readonly answers: OwnAnswers
  readonly protocols: ProtocolMemory
  observe(observation: TlsObservation): void
}

const established = 'HTTP/1.1 200 Connection established\r\n\r\n'
/** The fatal alert unrecognized_name (RFC 6066 s.3, RFC 8446 s.6). */
const unrecognizedName = Buffer.from([21, 3, 3, 0, 2, 2, 112])

/**
 * Serves one accepted CONNECT request, in the order of specs: tls-trust s.5.3. The client is told
 * that the tunnel stands before the server is known, because only inside the tunnel can it be shown
 * why there is none. While it makes its ClientHello name and address are looked up, and a server
 * known from before is dialled already.
 */
export async function serveTunnel(
  deps: TunnelDeps,
  raw: Socket,
  target: ProxyTarget,
  isPeerAllowed: Promise<boolean>,
): Promise<void> {
  const abort = new AbortController()
  const { signal } = abort
  const onGone = (): void => abort.abort()
  raw.once('close', onGone)
  raw.write(established)

  const approaching = approach(deps, target, signal)
  const warm = warmUp(
    deps.protocols.lastOffer(target),
    async (offered, warmSignal) => {
      const [approached, isAllowed] = await Promise.all([approaching, isPeerAllowed])
      if (!isAllowed || approached.kind !== 'known') return undefined
      return open(deps, target, approached, offered, warmSignal)
    },
    signal,
  )
  const client = await greet(deps, raw, target, isPeerAllowed)
  if (client === undefined) return
  await meet(deps, client, target, approaching, warm, signal)
  raw.off('close', onGone)
}

/**
 * Serves a connection that came without a proxy's request, because DNS led its name here: the server
 * is the one its ClientHello names. Everything after that is as in `serveTunnel`.
 */
export async function serveTransparent(
  deps: TunnelDeps,
  raw: Socket,
  readTarget: (serverName: string) => TargetReading,
  isPeerAllowed: Promise<boolean>,
): Promise<void> {
  const abort = new AbortController()
  const { signal } = abort
  const onGone = (): void => abort.abort()
  raw.once('close', onGone)
  const client = await hear(deps, raw, isPeerAllowed)
  if (client === undefined) return
  const reading = readTarget(client.hello.serverName ?? '')
  if (!reading.ok) {
    refuseName(deps, raw, reading.reason)
    return
  }
  const { target } = reading
  if (target.domain === selfTestDomain) {
    deps.answers.give(client, target.domain, selfTestMark)
    return
  }
  await meet(deps, client, target, approach(deps, target, signal), noWarmUp, signal)
  raw.off('close', onGone)
}

/** Lets `client` meet its server, or tells it why not. */
async function meet(
  deps: TunnelDeps,
  client: GreetedClient,
  target: ProxyTarget,
  approaching: Promise<Approach>,
  warm: WarmUp,
  signal: AbortSignal,
): Promise<void> {
  const approached = await approaching
  if (client.raw.destroyed) return
  if (approached.kind === 'blocked') {
    block(deps, client, target, approached.decision, approached.block)
    return
  }
  await connect(deps, client, target, approached, warm, signal)
}

/**
 * Answers a CONNECT request for the self-test's name: nobody owns it, and no relay is asked. That the
 * client gets so far says that it uses this proxy and trusts this computer's authority.
 */
export async function serveSelfTest(
  deps: Pick<TunnelDeps, 'clock' | 'log' | 'answers'>,
  raw: Socket,
  target: ProxyTarget,
  isPeerAllowed: Promise<boolean>,
): Promise<void> {
  raw.write(established)
  const client = await greet(deps, raw, target, isPeerAllowed)
  if (client !== undefined) deps.answers.give(client, target.domain, selfTestMark)
}

/** Hears a client of `target` out; one whose TLS name is another is cut off. */
async function greet(
  deps: Pick<TunnelDeps, 'clock' | 'log'>,
  raw: Socket,
  { domain }: ProxyTarget,
  isPeerAllowed: Promise<boolean>,
): Promise<GreetedClient | undefined> {
  const client = await hear(deps, raw, isPeerAllowed)
  if (client === undefined || client.hello.serverName === domain) return client
  refuseName(deps, raw, 'its TLS name is not the name it asked for')
  return undefined
}

/** Reads the ClientHello; whoever sends none, or may not be here, is cut off. */
async function hear(
  { clock, log }: Pick<TunnelDeps, 'clock' | 'log'>,
  raw: Socket,
  isPeerAllowed: Promise<boolean>,
): Promise<GreetedClient | undefined> {
  const [peeked, isAllowed] = await Promise.all([peekClientHello(raw, clock), isPeerAllowed])
  if (peeked.kind === 'hello' && isAllowed) return { raw, hello: peeked.hello }
  if (peeked.kind === 'invalid') log.debug('refused a client', { reason: peeked.reason })
  raw.destroy()
  return undefined
}

function refuseName({ log }: Pick<TunnelDeps, 'log'>, raw: Socket, reason: string): void {
  log.debug('refused a client', { reason })
  raw.end(unrecognizedName, () => raw.destroy())
}

/**
 * Shakes hands with the server, judges what it showed, and only then lets the two sides talk. The
 * client's handshake goes on at the same time when its outcome can be told beforehand; whatever the
 * client then sends waits here for the verdict.
 */
async function connect(
  deps: TunnelDeps,
  client: GreetedClient,
  target: ProxyTarget,
  approached: Extract<Approach, { kind: 'known' }>,
  warm: WarmUp,
  signal: AbortSignal,
): Promise<void> {
  const { raw, hello } = client
  const offered = offeredProtocols(hello.alpn)
  const opening = warm
    .take(offered)
    .then((taken) => taken ?? open(deps, target, approached, offered, signal))
  const predicted = deps.protocols.predict(target, offered)
  const early =
    predicted === undefined ? undefined : acceptEarly(deps, raw, target, approached, predicted)
  const blocked = early === undefined ? client : { ...client, accepted: early }

  const opened = await opening
  if (raw.destroyed) {
    if (opened.ok) opened.value.socket.destroy()
    return
  }
  // Newer than what the connection was begun with, if an event arrived meanwhile.
  const decision = deps.pins.lastDecision(target.name, target.port) ?? approached.decision
  if (!opened.ok) {
    const unreachable: Block = { kind: 'unreachable', reason: opened.reason }
    // It was only asked whether it has the Nostr key.
    const isUnasked = decision.kind === 'no-certificate'
    block(deps, blocked, target, decision, isUnasked ? blockOfDecision(decision) : unreachable)
    return
  }
  const upstream = opened.value
  const server = upstream.socket
  const verdict = judgeServer(deps, target, decision, server, unixSeconds(deps.clock))
  if (!verdict.ok) {
    server.destroy()
    block(deps, blocked, target, decision, verdict.block, verdict)
    return
  }
  const chosen = typeof server.alpnProtocol === 'string' ? server.alpnProtocol : undefined
  deps.protocols.learn(target, offered, chosen)
  if (early !== undefined && predicted === 'h2' && chosen !== 'h2') {
    server.destroy()
    const reason = 'it no longer speaks HTTP/2; the next try will do without'
    block(deps, blocked, target, decision, { kind: 'unreachable', reason }, verdict)
    return
  }
  const browser = early ?? acceptJudged(deps, raw, target, verdict, chosen)
  if (browser === undefined) {
    server.destroy()
    raw.destroy()
    deps.observe(seen(deps, target, decision, 'blocked', verdict, 'no certificate can be made'))
    return
  }
  keep(deps, target, browser, upstream, verdict)
  deps.observe(seen(deps, target, decision, 'allowed', verdict))
}

function open(
  { clock, route, profiles }: TunnelDeps,
  { domain, port }: ProxyTarget,
  { addresses, decision }: Extract<Approach, { kind: 'known' }>,
  alpn: readonly string[],
  signal: AbortSignal,
): Promise<Attempt<Upstream>> {
  const usual = { route: route(addresses, port), domain, alpn }
  return openServer(usual, profiles, decision, clock, signal)
}

/** Begins the client's handshake before the server is judged; not without pins that may allow it. */
function acceptEarly(
  deps: TunnelDeps,
  raw: Socket,
  { domain }: ProxyTarget,
  { decision }: Approach,
  protocol: string,
): TLSSocket | undefined {
  if (decision.kind !== 'pinned') return undefined
  const context = deps.authority.contextFor(domain, decision.validUntil)
  if (!context.ok) return undefined
  return acceptBrowser(raw, context.value, protocol === noProtocol ? [] : [protocol], deps.clock)
}

/** The client's side, speaking what the server chose; undefined when we have no authority. */
function acceptJudged(
  deps: TunnelDeps,
  raw: Socket,
  { domain }: ProxyTarget,
  { validUntil }: Extract<Verdict, { ok: true }>,
  chosen: string | undefined,
): TLSSocket | undefined {
  const context = deps.authority.contextFor(domain, validUntil)
  if (!context.ok) {
    deps.log.error('no certificate can be made', { problem: context.error.message })
    return undefined
  }
  return acceptBrowser(raw, context.value, chosen === undefined ? [] : [chosen], deps.clock)
}

/** Joins the two sides until one ends or the owner takes back what allowed it. */
function keep(
  deps: TunnelDeps,
  target: ProxyTarget,
  browser: TLSSocket,
  upstream: Upstream,
  { served, judgement, validUntil }: Extract<Verdict, { ok: true }>,
): void {
  const destroy = (): void => {
    browser.destroy()
    upstream.socket.destroy()
  }
  const remove = deps.live.add({ target, served, pin: judgement.pin, destroy }, validUntil)
  browser.once('close', remove)
  splice(browser, upstream)
}

function block(
  deps: TunnelDeps,
  client: GreetedClient,
  target: ProxyTarget,
  decision: PinDecision,
  why: Block,
  verdict?: Verdict,
): void {
  const now = unixSeconds(deps.clock)
  deps.answers.give(client, target.domain, blockAnswer(target.domain, why, now))
  const outcome = why.kind === 'unreachable' ? 'unreachable' : 'blocked'
  const detail = 'reason' in why ? why.reason : why.kind
  deps.observe(seen(deps, target, decision, outcome, verdict, detail))
}

function seen(
  deps: TunnelDeps,
  target: ProxyTarget,
  decision: PinDecision,
  outcome: TlsObservation['outcome'],
  verdict?: Verdict,
  detail?: string,
): TlsObservation {
  return {
    ...target,
    atMs: deps.clock.nowMs(),
    decision,
    ...(verdict?.served === undefined ? {} : { served: verdict.served }),
    ...(verdict?.judgement === undefined ? {} : { judgement: verdict.judgement }),
    outcome,
    ...(detail === undefined ? {} : { detail }),
  }
}
