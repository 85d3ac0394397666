import type { ClientRequest } from 'node:http'
import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Clock } from '../../env/env.ts'
import { scanResponse } from '../cache/response-scanner.ts'
import { bitQr, streamLimit } from '../packet-layout.ts'
import { packetSize } from '../packet-pool.ts'
import { rcodes } from '../wire/message.ts'
import { buildUpstreamQuery, compareQuestion } from './upstream-query.ts'
import type { Attempt, Outcome, Upstream } from './upstream.ts'
import { createUpstreamHealth } from './upstream.ts'

const mediaType = 'application/dns-message'
const maxSockets = 16
const noOptions = new Uint8Array(0)

/** A resolver asked over HTTPS (RFC 8484, POST, connections kept alive). */
export function createDohUpstream(text: string, url: URL, clock: Clock): Upstream {
  const health = createUpstreamHealth()
  const isSecure = url.protocol === 'https:'
  const agent = isSecure
    ? new HttpsAgent({ keepAlive: true, maxSockets })
    : new HttpAgent({ keepAlive: true, maxSockets })

  const read = (
    status: number,
    type: string,
    body: Buffer,
    sent: Uint8Array,
    end: number,
  ): Outcome => {
    const refused = (reason: string, extendedErrors: Uint8Array = noOptions): Outcome => ({
      kind: 'refused',
      reason,
      extendedErrors,
    })
    if (status !== 200) return refused(`HTTP status ${status}`)
    if (type.split(';')[0]?.trim().toLowerCase() !== mediaType) {
      return refused(`content type ${type === '' ? 'missing' : type}`)
    }
    const scan = scanResponse(body, body.length)
    if (!scan || ((body[2] ?? 0) & bitQr) === 0 || body.length < end) {
      return refused('malformed answer')
    }
    if (compareQuestion(sent, body, end) === 'different')
      return refused('answer to another question')
    if (scan.rcode !== rcodes.NOERROR && scan.rcode !== rcodes.NXDOMAIN) {
      return refused(`answered RCODE ${scan.rcode}`, scan.extendedErrors)
    }
    return { kind: 'response', packet: body, scan }
  }

  const upstream: Upstream = {
    text,
    ask(asker, askedAtMs, report) {
      // RFC 8484 s.4.1: id 0, so that HTTP caches can work. TLS guards the answer, not 0x20.
      const packet = Buffer.alloc(packetSize)
      const size = buildUpstreamQuery(asker, undefined, true, packet)
      let isOver = false
      const settle = (outcome: Outcome): void => {
        if (isOver) return
        isOver = true
        if (outcome.kind === 'response') health.answered(clock.nowMs() - askedAtMs)
        else health.failed(outcome.reason)
        report(asker, attempt, outcome)
      }
      const send = isSecure ? httpsRequest : httpRequest
      const request: ClientRequest = send(
        url,
        {
          method: 'POST',
          agent,
          headers: {
            'content-type': mediaType,
            accept: mediaType,
            'content-length': size,
          },
        },
        (response) => {
          const chunks: Buffer[] = []
          let size = 0
          response.on('data', (chunk: Buffer) => {
            size += chunk.length
            if (size > streamLimit) response.destroy(new Error('answer too long'))
            else chunks.push(chunk)
          })
          response.on('end', () => {
            const type = response.headers['content-type'] ?? ''
            const body = Buffer.concat(chunks, size)
            settle(read(response.statusCode ?? 0, type, body, packet, asker.key.questionEnd))
          })
          response.on('error', (error) => settle({ kind: 'unreachable', reason: error.message }))
        },
      )
      request.on('error', (error: NodeJS.ErrnoException) =>
        settle({ kind: 'unreachable', reason: error.code ?? error.message }),
      )
      request.end(packet.subarray(0, size))
      const attempt: Attempt = {
        upstream,
        cancel() {
          isOver = true
          request.destroy()
        },
      }
      return attempt
    },
    latencyMs: () => health.latencyMs(),
    isFailing: () => health.isFailing(),
    noteSilence: () => health.failed('no answer'),
    maintain: () => undefined,
    status: () => health.status(text),
    stop() {
      agent.destroy()
      return Promise.resolve()
    },
  }
  return upstream
}
