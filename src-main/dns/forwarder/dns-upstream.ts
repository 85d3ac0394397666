import type { Clock } from '../../env/env.ts'
import type { Logger } from '../../env/logger.ts'
import { scanResponse } from '../cache/response-scanner.ts'
import { bitQr, bitTc, headerLength } from '../packet-layout.ts'
import type { PacketPool } from '../packet-pool.ts'
import { rcodes } from '../wire/message.ts'
import type { RandomPool } from './random-pool.ts'
import { createTcpClient } from './tcp-client.ts'
import type { Exchange } from './udp-lanes.ts'
import { createUdpLanes, withdraw } from './udp-lanes.ts'
import type { OpenUpstreamSocket } from './udp-socket.ts'
import { buildUpstreamQuery, compareQuestion } from './upstream-query.ts'
import type { Attempt, Outcome, Report, Upstream, UpstreamQuestion } from './upstream.ts'
import { createUpstreamHealth } from './upstream.ts'

export interface DnsUpstreamDeps {
  readonly clock: Clock
  readonly log: Logger
  readonly random: RandomPool
  readonly pool: PacketPool
  readonly openSocket: OpenUpstreamSocket
}

const noOptions = new Uint8Array(0)

/** Names of RCODEs for messages to people. */
const rcodeName = (rcode: number): string =>
  Object.entries(rcodes).find(([, code]) => code === rcode)?.[0] ?? `RCODE ${rcode}`

/** One question at one upstream: an `Attempt` for the forwarder, an `Exchange` for the sockets. */
interface DnsAttempt extends Attempt, Exchange {
  readonly asker: UpstreamQuestion
  readonly report: Report<UpstreamQuestion>
  readonly askedAtMs: number
  overTcp: boolean
  usesEdns: boolean
  isOver: boolean
}

/**
 * A resolver asked over UDP, and over TCP for truncated answers. Learns two things about it: whether
 * it keeps the case of names (0x20) and whether it understands EDNS.
 */
export function createDnsUpstream(
  text: string,
  address: string,
  port: number,
  deps: DnsUpstreamDeps,
): Upstream {
  const { clock, log, random, pool } = deps
  const health = createUpstreamHealth()
  const lanes = createUdpLanes(deps.openSocket, address, port, random)
  const tcp = createTcpClient(address, port, random, clock)
  let keepsCase = true
  let knowsEdns = true

  /** Ends the attempt; false when it had ended before. */
  const end = (attempt: DnsAttempt): boolean => {
    if (attempt.isOver) return false
    attempt.isOver = true
    withdraw(attempt)
    pool.give(attempt.packet)
    return true
  }

  const settle = (attempt: DnsAttempt, outcome: Outcome): void => {
    if (!end(attempt)) return
    if (outcome.kind === 'response') health.answered(clock.nowMs() - attempt.askedAtMs)
    else health.failed(outcome.reason)
    attempt.report(attempt.asker, attempt, outcome)
  }

  const send = (attempt: DnsAttempt, overTcp: boolean): void => {
    withdraw(attempt)
    attempt.overTcp = overTcp
    attempt.usesEdns = knowsEdns
    const mixCase = keepsCase ? random : undefined
    attempt.length = buildUpstreamQuery(attempt.asker, mixCase, knowsEdns, attempt.packet)
    if (overTcp) tcp.send(attempt)
    else lanes.send(attempt)
  }

  /** Reads an answer whose question has been checked, or one without a question. */
  const conclude = (
    attempt: DnsAttempt,
    response: Uint8Array,
    length: number,
    hasQuestion: boolean,
  ): void => {
    const scan = hasQuestion ? scanResponse(response, length) : undefined
    const rcode = scan?.rcode ?? (response[3] ?? 0) & 0x0f
    const isUsable = rcode === rcodes.NOERROR || rcode === rcodes.NXDOMAIN
    if (scan && isUsable) {
      settle(attempt, { kind: 'response', packet: response, scan })
      return
    }
    settle(attempt, {
      kind: 'refused',
      reason: isUsable ? 'malformed answer' : `answered ${rcodeName(rcode)}`,
      extendedErrors: scan?.extendedErrors ?? noOptions,
    })
  }

  const receive = (attempt: DnsAttempt, response: Uint8Array, length: number): void => {
    const flags = response[2] ?? 0
    // Not an answer to a standard query: a guess or a confused server. Keep waiting.
    if (length < headerLength || (flags & bitQr) === 0 || (flags & 0x78) !== 0) return
    const { questionEnd } = attempt.asker.key
    const rcode = (response[3] ?? 0) & 0x0f
    const hasQuestion = response[5] === 1 && response[4] === 0 && length >= questionEnd
    if (hasQuestion) {
      const verdict = compareQuestion(attempt.packet, response, questionEnd)
      if (verdict === 'different') return
      if (verdict === 'other-case') {
        // Either a forgery or a server that changes case: TCP cannot be forged.
        if (!attempt.overTcp) return send(attempt, true)
        log.info('upstream does not keep the case of names; 0x20 is off for it', { text })
        keepsCase = false
      }
    } else if (rcode === rcodes.NOERROR || rcode === rcodes.NXDOMAIN) {
      // Only refusals of EDNS come without the question.
      return
    }
    if (attempt.usesEdns && (rcode === rcodes.FORMERR || rcode === rcodes.NOTIMP)) {
      log.info('upstream does not understand EDNS', { text })
      knowsEdns = false
      return send(attempt, attempt.overTcp)
    }
    if (flags & bitTc && !attempt.overTcp) return send(attempt, true)
    conclude(attempt, response, length, hasQuestion)
  }

  function cancel(this: DnsAttempt): void {
    end(this)
  }
  function onResponse(this: DnsAttempt, response: Uint8Array, length: number): void {
    receive(this, response, length)
  }
  function onUnreachable(this: DnsAttempt, code: string): void {
    settle(this, { kind: 'unreachable', reason: code })
  }

  const upstream: Upstream = {
    text,
    ask(asker, askedAtMs, report) {
      const attempt: DnsAttempt = {
        upstream,
        asker,
        // The asker handed in is the one handed back.
        report: report as Report<UpstreamQuestion>,
        askedAtMs,
        overTcp: false,
        usesEdns: false,
        isOver: false,
        packet: pool.take(),
        length: 0,
        waitingAt: undefined,
        id: 0,
        onResponse,
        onUnreachable,
        cancel,
      }
      send(attempt, false)
      return attempt
    },
    latencyMs: () => health.latencyMs(),
    isFailing: () => health.isFailing(),
    noteSilence: () => health.failed('no answer'),
    maintain: (nowMs) => lanes.maintain(nowMs),
    status: () => health.status(text),
    stop() {
      lanes.close()
      tcp.close()
      return Promise.resolve()
    },
  }
  return upstream
}
