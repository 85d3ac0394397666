import type { Socket } from 'node:net'
import { unixSeconds, type Env, type Unsubscribe } from '../../env/env.ts'
import { fail, ok, toProblem, type Result } from '../../env/errors.ts'
import { repeat } from '../../env/repeat.ts'
import type { Service } from '../../env/service.ts'
import type { PinPolicy } from '../pin-policy.ts'
import { readTarget, type ProxyTarget } from '../proxy/connect-target.ts'
import type { TlsObservation } from '../terminator.ts'
import { type Block, blockOfDecision } from '../terminator/block.ts'
import { blockPage } from '../terminator/block-page.ts'
import type { AddressDeps } from '../terminator/approach.ts'
import type { ReadStaple } from '../terminator/judge-server.ts'
import type { Route } from '../terminator/upstream.ts'
import { describeServed } from '../x509/fingerprints.ts'
import { createDirectProxy, type DirectProxy } from './direct-proxy.ts'
import { beginVisit, type Judged, type Visit } from './visit.ts'

export interface NostrWindowDeps extends AddressDeps {
  readonly pins: PinPolicy
  /** Whether the program at the other end of a connection may use the proxy: this user's only. */
  isAllowed(peer: Socket): Promise<boolean>
  readonly readStaple?: ReadStaple
  readonly route?: Route
}

export interface WindowQuestion {
  readonly domain: string
  readonly port: number
  /** DER, base64; absent when no connection came about and only the reason is wanted. */
  readonly der?: string | undefined
}

export interface WindowAnswer {
  readonly allowed: boolean
  /** The page that says why not. */
  readonly html?: string
}

/** The engine's half of the `.nostr` window. */
export interface NostrWindowService extends Service {
  /** Begins a new session of the window; the one before can reach nothing any more. */
  prepare(): Promise<Result<{ readonly proxyPort: number }>>
  /** Whether the window may accept what a server showed, or the page that says why not. */
  judge(question: WindowQuestion, signal: AbortSignal): Promise<Result<WindowAnswer>>
  onObservation(listener: (observation: TlsObservation) => void): Unsubscribe
}

interface Session {
  readonly visit: Visit
  readonly proxy: DirectProxy
}

/** Open pages are judged again this often, so that withdrawn pins are noticed. Milliseconds. */
const reviewPeriodMs = 60_000
/** Time for a new decision about pages that are open. Milliseconds. */
const redecideTimeoutMs = 15_000

const notOfAKey = fail(
  'window.not-a-key',
  'Only names of a key can be opened in this window.',
  'Use the npub1….nostr form of the name.',
)

export function createNostrWindowService(env: Env, deps: NostrWindowDeps): NostrWindowService {
  const { clock } = env
  const { pins } = deps
  const log = env.log.child('nostr-window')
  const listeners = new Set<(observation: TlsObservation) => void>()
  let session: Session | undefined
  let isRunning = false
  let stopListening: Unsubscribe | undefined
  let preparing: Promise<unknown> = Promise.resolve()

  const observe = (judged: Judged, outcome: TlsObservation['outcome'], detail?: string): void => {
    const { target, decision, served, verdict } = judged
    const observation: TlsObservation = {
      ...target,
      atMs: clock.nowMs(),
      decision,
      served,
      ...(verdict.judgement === undefined ? {} : { judgement: verdict.judgement }),
      outcome,
      ...(detail === undefined ? {} : { detail }),
    }
    for (const listener of listeners) listener(observation)
  }

  const open = async (): Promise<Session> => {
    const visit = beginVisit({
      clock,
      pins,
      ...(deps.readStaple === undefined ? {} : { readStaple: deps.readStaple }),
      onRevoked(judged) {
        proxy.drop(judged.target.name.owner)
        observe(judged, 'revoked', 'its owner no longer vouches for this certificate')
      },
    })
    const proxy = await createDirectProxy({
      clock,
      log,
      resolve: deps.resolve,
      allowsPrivate: deps.allowsPrivate,
      isAllowed: deps.isAllowed,
      admit: visit.admit,
      ...(deps.route === undefined ? {} : { route: deps.route }),
    })
    return { visit, proxy }
  }

  const close = async (): Promise<void> => {
    const closing = session
    session = undefined
    closing?.visit.end()
    await closing?.proxy.close()
  }

  const prepare = async (): Promise<Result<{ readonly proxyPort: number }>> => {
    await close()
    if (!isRunning) return fail('window.not-running', 'The engine is being stopped.')
    try {
      session = await open()
      return ok({ proxyPort: session.proxy.port })
    } catch (error) {
      log.error('the proxy of the window is not available', { error })
      return { ok: false, error: toProblem(error) }
    }
  }

  /** Why `target` could not be reached. */
  const explain = async (target: ProxyTarget, signal: AbortSignal): Promise<Block> =>
    session?.proxy.refusal(target) ??
    blockOfDecision(await pins.decide(target.name, target.port, signal)) ?? {
      kind: 'unreachable',
      reason: 'it broke off the connection',
    }

  const refusal = (domain: string, block: Block): WindowAnswer => ({
    allowed: false,
    html: blockPage(domain, block, unixSeconds(clock)),
  })

  return {
    async start() {
      if (isRunning) return
      isRunning = true
      const stopChanges = pins.onChange((owner) => session?.visit.review(owner))
      const stopReviews = repeat(clock, reviewPeriodMs, () => {
        session?.visit
          .refresh(AbortSignal.timeout(redecideTimeoutMs))
          .catch((error: unknown) => log.error('cannot judge again', { error }))
      })
      stopListening = () => {
        stopChanges()
        stopReviews()
      }
    },
    async stop() {
      isRunning = false
      stopListening?.()
      stopListening = undefined
      await preparing
      await close()
    },
    prepare() {
      const next = preparing.then(prepare)
      preparing = next
      return next
    },
    async judge({ domain, port, der }, signal) {
      const reading = readTarget(domain, port)
      if (!reading.ok) return notOfAKey
      const { target } = reading
      if (der === undefined) return ok(refusal(target.domain, await explain(target, signal)))
      if (session === undefined) {
        return fail('window.not-prepared', 'The window has not been prepared.')
      }
      const served = describeServed(Buffer.from(der, 'base64'))
      const judged = await session.visit.judge(target, served, signal)
      const { verdict } = judged
      observe(
        judged,
        verdict.ok ? 'allowed' : 'blocked',
        verdict.ok ? undefined : verdict.block.kind,
      )
      return ok(verdict.ok ? { allowed: true } : refusal(target.domain, verdict.block))
    },
    onObservation(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
