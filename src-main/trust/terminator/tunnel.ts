import type { Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import { unixSeconds, type Clock } from '../../env/env.ts'
import type { Logger } from '../../env/logger.ts'
import type { Result } from '../../env/errors.ts'
import type { PubkeyHex } from '../../names/name.ts'
import { isPrivateAddress } from '../../systems/address-filter.ts'
import type { LocalAuthority } from '../local-authority.ts'
import type { Pin, PinDecision, PinnedName, PinPolicy, ServedCertificate } from '../pin-policy.ts'
import { judge } from '../pins/judge.ts'
import type { ProxyTarget } from '../proxy/connect-target.ts'
import type { TlsObservation } from '../terminator.ts'
import { type Block, blockOfDecision, blockOfJudgement } from './block.ts'
import { acceptBrowser } from './browser-side.ts'
import type { ClientHello } from './client-hello.ts'
import type { LiveConnections } from './live-connections.ts'
import { peekClientHello } from './peek-hello.ts'
import type { BlockServer } from './show-block.ts'
import { splice } from './splice.ts'
import { type Dial, handshake, offeredProtocols, waitForConnect } from './upstream.ts'

/** A pin found in the certificate itself: an event of the name's owner that commits to its key. */
export type ReadStaple = (der: Uint8Array, name: PinnedName, domain: string) => Pin | undefined

export interface TunnelDeps {
  readonly clock: Clock
  readonly log: Logger
  readonly authority: LocalAuthority
  readonly pins: PinPolicy
  resolve(domain: string, signal: AbortSignal): Promise<Result<readonly string[]>>
  allowsPrivate(owner: PubkeyHex): boolean
  readonly readStaple?: ReadStaple
  readonly dial: Dial
  readonly upstreamContext: SecureContext
  describe(der: Buffer): ServedCertificate
  readonly live: LiveConnections
  readonly blocks: BlockServer
  observe(observation: TlsObservation): void
}

/** The fatal alert unrecognized_name (RFC 6066 s.3, RFC 8446 s.6). */
const unrecognizedName = Buffer.from([21, 3, 3, 0, 2, 2, 112])

/** What is known about a server before anything is said to it. */
type Approach =
  | { readonly kind: 'connected'; readonly decision: PinDecision; readonly socket: Socket }
  | { readonly kind: 'blocked'; readonly decision: PinDecision; readonly block: Block }

/**
 * Serves one accepted CONNECT request, in the order of specs: tls-trust s.5.3. The client is told
 * that the tunnel stands before the server is known, because only inside the tunnel can it be shown
 * why there is none; name and address are looked up while it makes its ClientHello.
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
  raw.write('HTTP/1.1 200 Connection established\r\n\r\n')

  const approaching = approach(deps, target, signal)
  const [peeked, isAllowed] = await Promise.all([peekClientHello(raw, deps.clock), isPeerAllowed])
  if (peeked.kind !== 'hello' || !isAllowed) {
    if (peeked.kind === 'invalid') deps.log.debug('refused a client', { reason: peeked.reason })
    raw.destroy()
    return
  }
  const { hello } = peeked
  if (hello.serverName !== target.domain) {
    raw.end(unrecognizedName, () => raw.destroy())
    return
  }
  const approached = await approaching
  if (raw.destroyed) return
  if (approached.kind === 'blocked') {
    block(deps, raw, target, hello, approached.decision, approached.block)
    return
  }
  await connect(deps, raw, target, hello, approached, signal)
  raw.off('close', onGone)
}

/** Decides, finds the address and dials it, as far as each allows the next. */
async function approach(
  deps: TunnelDeps,
  target: ProxyTarget,
  signal: AbortSignal,
): Promise<Approach> {
  const { name, domain, port } = target
  const [decision, addresses] = await Promise.all([
    deps.pins.decide(name, port, signal),
    deps.resolve(domain, signal),
  ])
  const blocked = (why: Block): Approach => ({ kind: 'blocked', decision, block: why })
  const early = blockOfDecision(decision)
  if (early !== undefined && (early.kind !== 'cannot-check' || deps.readStaple === undefined)) {
    return blocked(early)
  }
  if (!addresses.ok || addresses.value.length === 0) {
    const reason = addresses.ok ? 'its owner gives no address' : addresses.error.message
    return blocked(early ?? { kind: 'unreachable', reason })
  }
  const usable = deps.allowsPrivate(name.owner)
    ? addresses.value
    : addresses.value.filter((address) => !isPrivateAddress(address))
  if (usable.length === 0) {
    return blocked({ kind: 'private-address', address: addresses.value[0] ?? '' })
  }
  if (signal.aborted) return blocked({ kind: 'unreachable', reason: 'the client went away' })
  const socket = deps.dial(usable, port)
  signal.addEventListener('abort', () => socket.destroy())
  const connected = await waitForConnect(socket, deps.clock, signal)
  return connected.ok
    ? { kind: 'connected', decision, socket }
    : blocked(early ?? { kind: 'unreachable', reason: connected.reason })
}

/** Shakes hands with the server, judges what it showed, and only then lets the two sides talk. */
async function connect(
  deps: TunnelDeps,
  raw: Socket,
  target: ProxyTarget,
  hello: ClientHello,
  approached: Extract<Approach, { kind: 'connected' }>,
  signal: AbortSignal,
): Promise<void> {
  const { clock, pins } = deps
  const { domain, name, port } = target
  const shaken = await handshake(
    approached.socket,
    { domain, alpn: offeredProtocols(hello.alpn), context: deps.upstreamContext },
    clock,
    signal,
  )
  if (raw.destroyed) return
  // Newer than what the connection was begun with, if an event arrived meanwhile.
  const decision = pins.lastDecision(name, port) ?? approached.decision
  if (!shaken.ok) {
    block(deps, raw, target, hello, decision, { kind: 'unreachable', reason: shaken.reason })
    return
  }
  const server = shaken.value
  const der = server.getPeerX509Certificate()?.raw
  const served = der === undefined ? undefined : deps.describe(der)
  const staple =
    decision.kind === 'cannot-check' && der !== undefined
      ? deps.readStaple?.(der, name, domain)
      : undefined
  const early = staple === undefined ? blockOfDecision(decision) : undefined
  if (early !== undefined) {
    server.destroy()
    block(deps, raw, target, hello, decision, early, served)
    return
  }
  const known = decision.kind === 'pinned' ? decision.pins : staple === undefined ? [] : [staple]
  const judgement = judge(known, served, domain, unixSeconds(clock))
  const refusal = blockOfJudgement(judgement, served)
  if (refusal !== undefined || !judgement.ok || served === undefined) {
    server.destroy()
    if (refusal !== undefined) block(deps, raw, target, hello, decision, refusal, served)
    else raw.destroy()
    return
  }
  const validUntil = Math.min(
    judgement.pin.validUntil,
    decision.kind === 'pinned' ? decision.validUntil : judgement.pin.validUntil,
  )
  const context = deps.authority.contextFor(domain, validUntil)
  const seen = { name, domain, port, atMs: clock.nowMs(), decision, served, judgement }
  if (!context.ok) {
    server.destroy()
    raw.destroy()
    deps.observe({ ...seen, outcome: 'blocked', detail: context.error.message })
    return
  }
  const alpn = typeof server.alpnProtocol === 'string' ? [server.alpnProtocol] : []
  const browser = acceptBrowser(raw, context.value, alpn, clock)
  const remove = deps.live.add(
    {
      target,
      served,
      pin: judgement.pin,
      destroy() {
        browser.destroy()
        server.destroy()
      },
    },
    validUntil,
  )
  browser.once('close', remove)
  splice(browser, server)
  deps.observe({ ...seen, outcome: 'allowed' })
}

function block(
  deps: TunnelDeps,
  raw: Socket,
  target: ProxyTarget,
  hello: ClientHello,
  decision: PinDecision,
  why: Block,
  served?: ServedCertificate,
): void {
  deps.blocks.show(raw, target.domain, hello, why)
  const { name, domain, port } = target
  deps.observe({
    name,
    domain,
    port,
    atMs: deps.clock.nowMs(),
    decision,
    ...(served === undefined ? {} : { served }),
    outcome: why.kind === 'unreachable' ? 'unreachable' : 'blocked',
    detail: 'reason' in why ? why.reason : why.kind,
  })
}
