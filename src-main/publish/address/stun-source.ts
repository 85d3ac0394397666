import { lookup } from 'node:dns/promises'
import { createSocket, type Socket } from 'node:dgram'
import { isIP } from 'node:net'
import type { Env } from '../../env/env.ts'
import type { AddressSource } from './address-source.ts'
import { decodeBindingResponse, encodeBindingRequest, transactionIdLength } from './stun-message.ts'

/** RFC 8489 s.14.3 default port. */
const defaultPort = 3478

/** First wait for a response; each further wait is twice as long (RFC 8489 s.6.2.1). Milliseconds. */
const firstTimeoutMs = 500

/** A STUN server, written `host`, `host:port`, `[v6]` or `[v6]:port`, asked over UDP. */
export function createStunSource(env: Env, server: string, family: 4 | 6): AddressSource {
  const { host, port } = parseServer(server)
  return {
    name: `stun:${host}`,
    method: 'stun',
    family,
    async find(signal) {
      signal.throwIfAborted()
      const address = await resolveHost(host, family)
      signal.throwIfAborted()
      return askServer(env, { address, port, family }, signal)
    },
  }
}

function parseServer(server: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/u.exec(server)
  const host = match?.[1] ?? match?.[2] ?? server
  return { host, port: match?.[3] === undefined ? defaultPort : Number(match[3]) }
}

async function resolveHost(host: string, family: 4 | 6): Promise<string> {
  const literal = isIP(host)
  if (literal === family) return host
  if (literal !== 0) throw new Error(`no IPv${family} address`)
  return (await lookup(host, { family })).address
}

function askServer(
  env: Env,
  server: { address: string; port: number; family: 4 | 6 },
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const transactionId = env.random.bytes(transactionIdLength)
    const request = encodeBindingRequest(transactionId)
    const socket: Socket = createSocket(server.family === 4 ? 'udp4' : 'udp6')
    let stopTimer = (): void => undefined
    let isOver = false
    const finish = (settle: () => void): void => {
      if (isOver) return
      isOver = true
      stopTimer()
      signal.removeEventListener('abort', onAbort)
      socket.close()
      settle()
    }
    const onAbort = (): void => finish(() => reject(toError(signal.reason)))
    const send = (timeoutMs: number): void => {
      socket.send(request)
      stopTimer = env.clock.schedule(timeoutMs, () => send(timeoutMs * 2))
    }
    signal.addEventListener('abort', onAbort)
    socket.on('error', (error) => finish(() => reject(error)))
    socket.on('message', (message) => {
      const response = decodeBindingResponse(message, transactionId)
      if (response === undefined) return
      finish(() => {
        if (response.kind === 'address') resolve(response.address)
        else reject(new Error(response.reason))
      })
    })
    // A connected socket hears only this server, and learns of ICMP errors at once.
    socket.connect(server.port, server.address, () => {
      if (!isOver) send(firstTimeoutMs)
    })
  })
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason))
}
