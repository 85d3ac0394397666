import type { Clock } from '../../env/env.ts'
import type { Logger } from '../../env/logger.ts'
import { scanResponse } from '../cache/response-scanner.ts'
import { bitQr, bitTc, headerLength } from '../packet-layout.ts'
import { rcodes } from '../wire/message.ts'
import type { RandomPool } from './random-pool.ts'
import { createTcpClient } from './tcp-client.ts'
import { createUdpLanes } from './udp-lanes.ts'
import type { Waiting, Withdraw } from './udp-lanes.ts'
import type { OpenUpstreamSocket } from './udp-socket.ts'
import { buildUpstreamQuery, compareQuestion } from './upstream-query.ts'
import type { Outcome, Upstream } from './upstream.ts'
import { createUpstreamHealth } from './upstream.ts'

export interface DnsUpstreamDeps {
  readonly clock: Clock
  readonly log: Logger
  readonly random: RandomPool
  readonly openSocket: OpenUpstreamSocket
}

const noOptions = new Uint8Array(0)

/** Names of RCODEs for messages to people. */
const rcodeName = (rcode: number): string =>
  Object.entries(rcodes).find(([, code]) => code === rcode)?.[0] ?? `RCODE ${rcode}`

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
  const { clock, log, random } = deps
  const health = createUpstreamHealth()
  const lanes = createUdpLanes(deps.openSocket, address, port, random)
  const tcp = createTcpClient(address, port, random, clock)
  let keepsCase = true
  let knowsEdns = true

  return {
    text,
    ask(question, done) {
      const { questionEnd } = question.key
      const askedAtMs = clock.nowMs()
      let withdraw: Withdraw = () => undefined
      let isOver = false

      const settle = (outcome: Outcome): void => {
        if (isOver) return
        isOver = true
        withdraw()
        if (outcome.kind === 'response') health.answered(clock.nowMs() - askedAtMs)
        else health.failed(outcome.reason)
        done(outcome)
      }

      const send = (overTcp: boolean): void => {
        withdraw()
        const usesEdns = knowsEdns
        const packet = buildUpstreamQuery(question, {
          id: 0,
          useEdns: usesEdns,
          ...(keepsCase && { random }),
        })
        const entry: Waiting = {
          packet,
          onUnreachable: (code) => settle({ kind: 'unreachable', reason: code }),
          onResponse(response, length) {
            const flags = response[2] ?? 0
            // Not an answer to a standard query: a guess or a confused server. Keep waiting.
            if (length < headerLength || (flags & bitQr) === 0 || (flags & 0x78) !== 0) return
            const rcode = (response[3] ?? 0) & 0x0f
            const hasQuestion = response[5] === 1 && response[4] === 0 && length >= questionEnd
            if (!hasQuestion) {
              // Some servers refuse EDNS without repeating the question.
              if (rcode === rcodes.NOERROR || rcode === rcodes.NXDOMAIN) return
            } else {
              const verdict = compareQuestion(packet, response, questionEnd)
              if (verdict === 'different') return
              if (verdict === 'other-case') {
                if (!overTcp) return send(true)
                log.info('upstream does not keep the case of names; 0x20 is off for it', { text })
                keepsCase = false
              }
            }
            if (usesEdns && (rcode === rcodes.FORMERR || rcode === rcodes.NOTIMP)) {
              log.info('upstream does not understand EDNS', { text })
              knowsEdns = false
              return send(overTcp)
            }
            if (flags & bitTc && !overTcp) return send(true)
            const scan = hasQuestion ? scanResponse(response, length) : undefined
            if (!scan && (rcode === rcodes.NOERROR || rcode === rcodes.NXDOMAIN)) {
              settle({ kind: 'refused', reason: 'malformed answer', extendedErrors: noOptions })
            } else if (scan?.rcode === rcodes.NOERROR || scan?.rcode === rcodes.NXDOMAIN) {
              settle({ kind: 'response', packet: response, scan })
            } else {
              settle({
                kind: 'refused',
                reason: `answered ${rcodeName(scan?.rcode ?? rcode)}`,
                extendedErrors: scan?.extendedErrors ?? noOptions,
              })
            }
          },
        }
        withdraw = overTcp ? tcp.send(entry) : lanes.send(entry)
      }

      send(false)
      return {
        cancel() {
          isOver = true
          withdraw()
        },
      }
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
}
