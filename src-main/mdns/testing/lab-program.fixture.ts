/**
 * What runs on the computers of the lab: `responder <json>` is the responder with the system's
 * sockets, told what to do in lines; `listen <address>` prints every packet of the group as a line,
 * and asks the group for the names in each line it is given; `ask <name>` asks from any port, as a program does that knows no mDNS, and prints what comes back.
 */
import { createSocket, type RemoteInfo } from 'node:dgram'
import { createInterface } from 'node:readline'
import { createLogger } from '../../env/logger.ts'
import { systemClock, systemRandom } from '../../env/system-env.ts'
import { createMdnsResponder } from '../multicast-responder.ts'
import type { MdnsSettings } from '../responder.ts'
import { encodeNpub } from '../../names/npub.ts'
import { octets, question } from './fake-lan.ts'

/** First argument of `responder`, and what a line of input may change. */
export interface LabOrders {
  readonly settings: MdnsSettings
  readonly names: readonly { readonly npub: string; readonly hosts: readonly string[] }[]
  /** npub to addresses. */
  readonly published: Readonly<Record<string, readonly string[]>>
}

/** A line that `listen` prints. */
export interface HeardPacket {
  readonly from: string
  readonly port: number
  readonly hex: string
}

const [mode, argument = ''] = process.argv.slice(2)
if (mode === 'responder') await respond(JSON.parse(argument) as LabOrders)
else if (mode === 'listen') listen(argument)
else if (mode === 'ask') ask(argument)

async function respond(first: LabOrders): Promise<void> {
  let orders = first
  const listeners = new Set<() => void>()
  const listen = (listener: () => void): (() => boolean) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
  const log = createLogger(({ level, message }) => print({ log: level, message }), 'info', Date.now)
  const responder = createMdnsResponder(
    { clock: systemClock, random: systemRandom, log },
    {
      settings: () => orders.settings,
      onSettings: listen,
      ownNames: () => orders.names,
      onOwnNames: listen,
      lookup: async (owner, host, family) =>
        orders.published[`${host === '@' ? '' : `${host}.`}${encodeNpub(owner)}`]
          ?.filter((address) => address.includes(':') === (family === 6))
          .map((address) => ({ address, ttl: 60 })),
    },
  )
  responder.onChange(() => print({ view: responder.view() }))
  await responder.start()
  createInterface({ input: process.stdin })
    .on('line', (line) => {
      orders = { ...orders, ...(JSON.parse(line) as Partial<LabOrders>) }
      for (const listener of listeners) listener()
    })
    .once('close', () => void responder.stop())
}

function listen(address: string): void {
  const socket = createSocket({ type: 'udp4', reuseAddr: true })
  socket.on('message', printPacket)
  socket.bind(5353, '224.0.0.251', () => {
    socket.addMembership('224.0.0.251', address)
    print('ready')
  })
  createInterface({ input: process.stdin }).on('line', (line) => {
    const questions = line.split(' ').map((name) => question(name, 'TXT'))
    socket.send(octets({ questions }), 5353, '224.0.0.251')
  })
}

function ask(name: string): void {
  const socket = createSocket('udp4')
  socket.on('message', printPacket)
  const questions = [question(name)]
  socket.send(octets({ id: 0x1234, recursionDesired: true, questions }), 5353, '224.0.0.251')
}

function printPacket(bytes: Buffer, { address: from, port }: RemoteInfo): void {
  print({ from, port, hex: bytes.toString('hex') } satisfies HeardPacket)
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}
