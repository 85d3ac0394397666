import type { Clock, UnixSeconds, Unsubscribe } from '../../env/env.ts'
import { unixSeconds } from '../../env/env.ts'
import type { PubkeyHex } from '../../names/name.ts'
import type { PinDecision, PinPolicy, ServedCertificate } from '../pin-policy.ts'
import type { ProxyTarget } from '../proxy/connect-target.ts'
import { type Block, blockOfDecision } from '../terminator/block.ts'
import type { ReadStaple } from '../terminator/judge-server.ts'
import { judgeWindow, type WindowVerdict } from './judge-window.ts'

export interface VisitDeps {
  readonly clock: Clock
  readonly pins: PinPolicy
  readonly readStaple?: ReadStaple
  /** A server that was accepted is not vouched for any more: its connections must end. */
  onRevoked(revocation: Judged): void
}

/** What was found about one server. */
export interface Judged {
  readonly target: ProxyTarget
  readonly decision: PinDecision
  readonly served: ServedCertificate
  readonly verdict: WindowVerdict
}

/**
 * What one session of the window was told. Chromium remembers a verdict by host and certificate,
 * without the port, and cannot be made to forget it. So a certificate counts only if every port the
 * session asked for pins it, and an owner who took something back is not spoken to again in this
 * session: the window opens a new one.
 */
export interface Visit {
  /** Why `target` may not be spoken to, before anything is said to it. */
  admit(target: ProxyTarget, signal: AbortSignal): Promise<Block | undefined>
  judge(target: ProxyTarget, served: ServedCertificate, signal: AbortSignal): Promise<Judged>
  /** Judges again what was accepted from `owner`, by what is known now. */
  review(owner: PubkeyHex): void
  /** Has everything accepted decided anew, then judges it again. */
  refresh(signal: AbortSignal): Promise<void>
  end(): void
}

type Allowed = Extract<WindowVerdict, { ok: true }>

interface Accepted {
  readonly served: ServedCertificate
  readonly verdict: Allowed
}

interface Host {
  /** By port. */
  readonly targets: Map<number, ProxyTarget>
  /** By certificate. */
  readonly accepted: Map<string, Accepted>
}

/** Timers longer than 2^31 ms fire at once in Node; a day is enough of a step. Milliseconds. */
const longestTimerMs = 86_400_000

export function beginVisit(deps: VisitDeps): Visit {
  const { clock, pins } = deps
  const hosts = new Map<string, Host>()
  const revoked = new Map<PubkeyHex, Block>()
  const timers = new Set<Unsubscribe>()

  const hostOf = ({ domain }: ProxyTarget): Host => {
    const host = hosts.get(domain) ?? { targets: new Map(), accepted: new Map() }
    hosts.set(domain, host)
    return host
  }

  const verdictOn = (
    target: ProxyTarget,
    decision: PinDecision,
    served: ServedCertificate,
    before: Allowed | undefined,
  ): WindowVerdict => {
    const known = revoked.get(target.name.owner)
    if (known !== undefined) return { ok: false, block: known }
    const now = unixSeconds(clock)
    const verdict = judgeWindow(target, decision, served, now, deps.readStaple)
    // Not being able to check takes nothing back before its time.
    const isUnknown = decision.kind === 'cannot-check' && before !== undefined
    return !verdict.ok && isUnknown && now < before.validUntil ? before : verdict
  }

  const reviewHost = (host: Host): void => {
    for (const target of host.targets.values()) {
      const decision = pins.lastDecision(target.name, target.port)
      if (decision === undefined) continue
      for (const { served, verdict: before } of host.accepted.values()) {
        const verdict = verdictOn(target, decision, served, before)
        if (verdict.ok) continue
        revoked.set(target.name.owner, verdict.block)
        deps.onRevoked({ target, decision, served, verdict })
        return
      }
    }
  }

  const review = (owner: PubkeyHex): void => {
    for (const host of hosts.values()) {
      const [target] = host.targets.values()
      if (target?.name.owner === owner && !revoked.has(owner)) reviewHost(host)
    }
  }

  const reviewAt = (owner: PubkeyHex, time: UnixSeconds): void => {
    const leftMs = Math.max(0, time * 1000 - clock.nowMs())
    const cancel = clock.schedule(Math.min(leftMs, longestTimerMs), () => {
      timers.delete(cancel)
      if (leftMs > longestTimerMs) reviewAt(owner, time)
      else review(owner)
    })
    timers.add(cancel)
  }

  return {
    async admit(target, signal) {
      const decision = await pins.decide(target.name, target.port, signal)
      const known = revoked.get(target.name.owner)
      if (known !== undefined) return known
      const host = hostOf(target)
      for (const { served, verdict: before } of host.accepted.values()) {
        const verdict = verdictOn(target, decision, served, before)
        if (!verdict.ok) return verdict.block
      }
      const mayBeStapled = decision.kind === 'cannot-check' && deps.readStaple !== undefined
      const block = blockOfDecision(decision)
      if (block !== undefined && host.accepted.size === 0 && !mayBeStapled) return block
      host.targets.set(target.port, target)
      return undefined
    },

    async judge(target, served, signal) {
      const host = hostOf(target)
      if (host.targets.size === 0) host.targets.set(target.port, target)
      const judged = new Map<number, Judged>()
      for (;;) {
        // Another port may have been asked for while one was judged.
        const next = [...host.targets.values()].find(({ port }) => !judged.has(port))
        if (next === undefined) break
        const decision = await pins.decide(next.name, next.port, signal)
        const before = host.accepted.get(served.der)?.verdict
        const verdict = verdictOn(next, decision, served, before)
        const result: Judged = { target: next, decision, served, verdict }
        if (!verdict.ok) return result
        judged.set(next.port, result)
      }
      // The one that ends first; there is at least one port.
      const [result] = [...judged.values()].toSorted((a, b) => endOf(a) - endOf(b))
      if (result === undefined) throw new TypeError('a certificate was judged for no port')
      if (result.verdict.ok) {
        host.accepted.set(served.der, { served, verdict: result.verdict })
        reviewAt(target.name.owner, result.verdict.validUntil)
      }
      return result
    },

    review,
    async refresh(signal) {
      const accepted = [...hosts.values()].filter((host) => host.accepted.size > 0)
      const targets = accepted.flatMap((host) => [...host.targets.values()])
      await Promise.all(targets.map(({ name, port }) => pins.decide(name, port, signal)))
      for (const { name } of targets) review(name.owner)
    },
    end() {
      for (const cancel of timers) cancel()
      timers.clear()
      hosts.clear()
    },
  }
}

function endOf({ verdict }: Judged): UnixSeconds {
  return verdict.ok ? verdict.validUntil : 0
}
