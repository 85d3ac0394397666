import type { RemoteInfo, Socket as UdpSocket } from 'node:dgram'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Server, Socket } from 'node:net'
import { createServer } from 'node:net'
import { decodeMessage } from '../wire/decode.ts'
import type { Message } from '../wire/message.ts'
import { frame } from './clients.ts'

export interface AskedUpstream {
  readonly query: Message
  readonly bytes: Buffer
  readonly transport: 'udp' | 'tcp'
  /** Source port of the question. */
  readonly port: number
}

/** Bytes to answer with; several are sent one after the other; undefined is silence. */
export type UpstreamAnswer = Uint8Array | readonly Uint8Array[] | undefined

/** A resolver on loopback that does what a test says, over UDP and TCP on one port. */
export interface FakeUpstream {
  readonly port: number
  readonly address: string
  readonly asked: AskedUpstream[]
  /** Resolves when the next question arrives. */
  nextQuestion(): Promise<AskedUpstream>
  answer: (asked: AskedUpstream) => UpstreamAnswer | Promise<UpstreamAnswer>
  stop(): Promise<void>
}

export async function startFakeUpstream(
  answer: FakeUpstream['answer'] = () => undefined,
): Promise<FakeUpstream> {
  const [udp, tcp] = await bindPair()
  const sockets = new Set<Socket>()
  const asked: AskedUpstream[] = []
  const waiting: ((question: AskedUpstream) => void)[] = []
  const receive = async (
    bytes: Buffer,
    transport: 'udp' | 'tcp',
    port: number,
    send: (answer: Uint8Array) => void,
  ): Promise<void> => {
    const question = { query: decodeMessage(bytes), bytes, transport, port }
    asked.push(question)
    waiting.shift()?.(question)
    const given = await upstream.answer(question)
    if (given === undefined) return
    for (const packet of given instanceof Uint8Array ? [given] : given) send(packet)
  }
  udp.on('message', (bytes: Buffer, from: RemoteInfo) => {
    void receive(bytes, 'udp', from.port, (packet) => udp.send(packet, from.port, from.address))
  })
  tcp.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    let input = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      input = Buffer.concat([input, chunk])
      while (input.length >= 2 && input.length >= 2 + input.readUInt16BE(0)) {
        const size = input.readUInt16BE(0)
        const bytes = Buffer.from(input.subarray(2, 2 + size))
        input = input.subarray(2 + size)
        void receive(bytes, 'tcp', socket.remotePort ?? 0, (packet) => socket.write(frame(packet)))
      }
    })
  })
  const { port } = udp.address()
  const upstream: FakeUpstream = {
    port,
    address: `127.0.0.1:${port}`,
    asked,
    answer,
    nextQuestion: () => new Promise((resolve) => waiting.push(resolve)),
    async stop() {
      for (const socket of sockets) socket.destroy()
      await Promise.all([
        new Promise<void>((done) => udp.close(done)),
        new Promise<void>((done) => tcp.close(() => done())),
      ])
    },
  }
  return upstream
}

/** UDP and TCP on the same free port. */
async function bindPair(): Promise<[UdpSocket, Server]> {
  for (;;) {
    const udp = createSocket('udp4')
    udp.bind(0, '127.0.0.1')
    await once(udp, 'listening')
    const tcp = createServer()
    try {
      tcp.listen(udp.address().port, '127.0.0.1')
      await once(tcp, 'listening')
      return [udp, tcp]
    } catch {
      await new Promise<void>((done) => udp.close(done))
    }
  }
}
