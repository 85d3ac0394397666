import type { Clock, RandomSource } from '../env/env.ts'
import type { Logger } from '../env/logger.ts'
import { createDnsUpstream } from './forwarder/dns-upstream.ts'
import { createRandomPool } from './forwarder/random-pool.ts'
import { openPortableSocket } from './forwarder/udp-socket.ts'
import { headerLength } from './packet-layout.ts'
import { createPacketPool } from './packet-pool.ts'
import { decodeMessage } from './wire/decode.ts'
import { nameToWire } from './wire/domain-name.ts'
import type { DnsName, Message, RecordType } from './wire/message.ts'
import { typeCode } from './wire/record-type.ts'

/** A silent server is given up after this long. Milliseconds. */
const patienceMs = 2_000
const dnsPort = 53

/**
 * Asks one name server one question, with random port, id and letter case, over TCP when the answer
 * is truncated. Rejects when it does not answer in two seconds, answers with an error or with nonsense,
 * or `signal` is aborted.
 */
export type AskServer = (
  address: string,
  name: DnsName,
  type: RecordType,
  signal: AbortSignal,
) => Promise<Message>

export function createAskServer(
  {
    clock,
    random,
    log,
  }: { readonly clock: Clock; readonly random: RandomSource; readonly log: Logger },
  port: number = dnsPort,
): AskServer {
  const deps = {
    clock,
    log,
    random: createRandomPool(random),
    pool: createPacketPool(),
    openSocket: openPortableSocket,
  }
  return async (address, name, type, signal) => {
    signal.throwIfAborted()
    const query = questionOf(name, type)
    const upstream = createDnsUpstream(address, address, port, deps)
    let giveUp = (): void => undefined
    try {
      const packet = await new Promise<Uint8Array>((resolve, reject) => {
        const cancel = clock.schedule(patienceMs, () => reject(new Error(`${address} is silent`)))
        const onAbort = (): void => reject(new Error('aborted'))
        signal.addEventListener('abort', onAbort, { once: true })
        giveUp = () => {
          cancel()
          signal.removeEventListener('abort', onAbort)
        }
        const key = { hash: 0, shape: 0, questionEnd: query.length }
        upstream.ask({ query, key }, clock.nowMs(), (_asker, _attempt, outcome) => {
          if (outcome.kind !== 'response') reject(new Error(`${address} ${outcome.reason}`))
          else resolve(outcome.packet.slice())
        })
      })
      // Not in the callback above: what a stranger's server sends may throw here.
      return decodeMessage(packet)
    } finally {
      giveUp()
      await upstream.stop()
    }
  }
}

/** A header and the question, as a client's query would begin. */
function questionOf(name: DnsName, type: RecordType): Uint8Array {
  const labels = nameToWire(name)
  const query = new Uint8Array(headerLength + labels.length + 4)
  query.set(labels, headerLength)
  const code = typeCode(type)
  query.set([code >> 8, code & 0xff, 0, 1], headerLength + labels.length)
  return query
}
