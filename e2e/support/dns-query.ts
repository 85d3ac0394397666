import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import dnsPacket, { type RecordType } from 'dns-packet'

export interface DnsAnswer {
  readonly rcode: string
  /** Text of the addresses in the answer section. */
  readonly addresses: readonly string[]
}

/** Asks 127.0.0.1:`port` one question over UDP; `undefined` when nothing answers in `timeoutMs`. */
export async function askDns(
  port: number,
  name: string,
  type: RecordType = 'A',
  timeoutMs = 4000,
): Promise<DnsAnswer | undefined> {
  const socket = createSocket('udp4')
  const id = Math.floor(Math.random() * 65_536)
  try {
    const query = dnsPacket.encode({
      type: 'query',
      id,
      flags: dnsPacket.RECURSION_DESIRED,
      questions: [{ type, name }],
    })
    socket.connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.send(query)
    const [bytes] = (await once(socket, 'message', {
      signal: AbortSignal.timeout(timeoutMs),
    })) as [Buffer]
    const reply = dnsPacket.decode(bytes)
    return {
      rcode: (reply as { rcode?: string }).rcode ?? 'NOERROR',
      addresses: (reply.answers ?? []).flatMap((answer) =>
        answer.type === 'A' || answer.type === 'AAAA' ? [answer.data] : [],
      ),
    }
  } catch {
    // Refused or no answer in time: to a client both mean that nobody resolves here.
    return undefined
  } finally {
    socket.close()
  }
}

/** The addresses 127.0.0.1:`port` gives for `name`; none when nothing answers. */
export async function addressesOf(port: number, name: string): Promise<readonly string[]> {
  return (await askDns(port, name))?.addresses ?? []
}
