import type { RandomSource } from '../env/env.ts'
import type { ForwardedRecords } from './answers/managed-answers.ts'
import type { QueryHandler } from './listeners/transport.ts'
import { ednsPayload, streamLimit } from './packet-layout.ts'
import { decodeMessage } from './wire/decode.ts'
import { encodeMessage } from './wire/encode.ts'
import type { DnsName, ExtendedError, Message, RecordType } from './wire/message.ts'

const optionExtendedError = 15

/** Asks the public DNS for records. Rejects when `signal` is aborted first or the answer
 * cannot be read. */
export type PublicLookup = (
  name: DnsName,
  type: RecordType,
  signal: AbortSignal,
) => Promise<ForwardedRecords>

/**
 * Look-ups that go through the server's own cache, coalescing and limits, as if a client asked the
 * proxy listener. For names known to be foreign.
 */
export function createPublicLookup(random: RandomSource, server: () => QueryHandler): PublicLookup {
  return (name, type, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(new Error('aborted'))
      const [high = 0, low = 0] = random.bytes(2)
      const query = encodeMessage({
        id: (high << 8) | low,
        isResponse: false,
        opcode: 0,
        authoritative: false,
        truncated: false,
        recursionDesired: true,
        recursionAvailable: false,
        authenticData: false,
        checkingDisabled: false,
        rcode: 0,
        questions: [{ name, type, class: 1 }],
        answers: [],
        authorities: [],
        additionals: [],
        edns: {
          udpPayloadSize: ednsPayload,
          extendedRcode: 0,
          version: 0,
          dnssecOk: false,
          options: [],
        },
      })
      const onAbort = (): void => reject(new Error('aborted'))
      signal.addEventListener('abort', onAbort, { once: true })
      const finish = (answer: Uint8Array, length: number): void => {
        signal.removeEventListener('abort', onAbort)
        try {
          resolve(recordsOf(decodeMessage(answer.slice(0, length))))
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)))
        }
      }
      const out = new Uint8Array(streamLimit)
      const length = server().handle(query, query.length, out, 'stream', 'proxy', () => finish)
      if (length > 0) finish(out, length)
    })
}

function recordsOf(message: Message): ForwardedRecords {
  const option = message.edns?.options.find((candidate) => candidate.code === optionExtendedError)
  const ede: ExtendedError | undefined =
    option && option.data.length >= 2
      ? {
          code: ((option.data[0] ?? 0) << 8) | (option.data[1] ?? 0),
          text: new TextDecoder().decode(option.data.subarray(2)),
        }
      : undefined
  return {
    rcode: message.rcode,
    answers: message.answers,
    authorities: message.authorities,
    ...(ede && { ede }),
  }
}
