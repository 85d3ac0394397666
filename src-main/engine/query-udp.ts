import { createSocket } from 'node:dgram'
import { randomInt } from 'node:crypto'
import { decodeMessage } from '../dns/wire/decode.ts'
import { encodeMessage } from '../dns/wire/encode.ts'
import type { DnsName, Message, RecordType } from '../dns/wire/message.ts'

/** Asks the DNS server on 127.0.0.1 over UDP, as any stub resolver would; rejects after 6 s. */
export function queryUdp(port: number, name: DnsName, type: RecordType): Promise<Message> {
  const id = randomInt(65536)
  const query = encodeMessage({
    id,
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
  })
  const socket = createSocket('udp4')
  return new Promise<Message>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer for ${name} ${type}`)), 6000)
    socket.on('error', reject)
    socket.on('message', (bytes) => {
      const message = decodeMessage(bytes)
      if (message.id !== id) return
      clearTimeout(timer)
      resolve(message)
    })
    socket.send(query, port, '127.0.0.1')
  }).finally(() => socket.close())
}
