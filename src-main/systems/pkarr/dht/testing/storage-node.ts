import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto'
import { createSocket, type RemoteInfo } from 'node:dgram'
import { once } from 'node:events'
import {
  decodeBencode,
  encodeBencode,
  type Bencodable,
  type Bencoded,
  type BencodedDict,
} from '../bencode.ts'
import { writeContacts, type Contact, type Endpoint } from '../contact.ts'
import { bytesOf, isDict, textOf } from '../krpc-message.ts'
import { signedItemBytes } from '../mutable-item.ts'
import { compareDistance } from '../node-id.ts'

/** A query as a node sees it. */
export interface SeenQuery {
  readonly method: string
  readonly args: BencodedDict
  readonly isReadOnly: boolean
  readonly from: Endpoint
}

export interface StoredItem {
  readonly publicKey: Uint8Array
  readonly seq: bigint
  readonly signature: Uint8Array
  readonly value: Bencoded
}

export type Message = Readonly<Record<string, Bencodable | undefined>>

/** Changes what a node sends: another message, raw bytes, or nothing. May take its time. */
export type Tamper = (
  honest: Message,
  query: SeenQuery,
  node: StorageNode,
) => Message | Uint8Array | undefined | Promise<Message | Uint8Array | undefined>

/** A BEP 5 and BEP 44 node on 127.0.0.1 that knows all of its net and does what the test says. */
export interface StorageNode extends Contact {
  readonly address: string
  /** By hex target. */
  readonly items: Map<string, StoredItem>
  readonly seen: SeenQuery[]
  tamper: Tamper
  /** Sends `bytes` unasked. */
  send(bytes: Uint8Array, to: Endpoint): Promise<void>
  stop(): Promise<void>
}

const nodesInAnswer = 20

export async function startStorageNode(net: readonly Contact[]): Promise<StorageNode> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const { port } = socket.address()
  const token = randomBytes(8)
  let isStopped = false

  const send = (bytes: Uint8Array, to: Endpoint): Promise<void> =>
    new Promise((resolve) => {
      if (isStopped) resolve()
      else socket.send(bytes, to.port, to.host, () => resolve())
    })

  const answer = (method: string, args: BencodedDict): Message => {
    const target = bytesOf(args, 'target') ?? node.id
    const id = node.id
    const near = net.toSorted((a, b) => compareDistance(target, a.id, b.id)).slice(0, nodesInAnswer)
    const item = node.items.get(Buffer.from(target).toString('hex'))
    switch (method) {
      case 'ping':
        return { r: { id } }
      case 'find_node':
        return { r: { id, nodes: writeContacts(near) } }
      case 'get': {
        const known = args.get('seq')
        const isNews = typeof known !== 'bigint' || item === undefined || item.seq > known
        return {
          r: {
            id,
            token,
            nodes: writeContacts(near),
            ...(item === undefined ? {} : { seq: item.seq }),
            ...(item !== undefined && isNews
              ? { k: item.publicKey, sig: item.signature, v: item.value }
              : {}),
          },
        }
      }
      case 'put':
        return put(args)
      default:
        return { e: [204, 'Method Unknown'] }
    }
  }

  const put = (args: BencodedDict): Message => {
    const publicKey = bytesOf(args, 'k')
    const signature = bytesOf(args, 'sig')
    const seq = args.get('seq')
    const value = args.get('v')
    if (!token.equals(bytesOf(args, 'token') ?? new Uint8Array())) return { e: [203, 'bad token'] }
    if (publicKey?.length !== 32 || signature?.length !== 64 || typeof seq !== 'bigint') {
      return { e: [203, 'bad arguments'] }
    }
    if (args.has('salt')) return { e: [207, 'no salt here'] }
    if (value === undefined || encodeBencode(value).length > 1005) return { e: [205, 'too big'] }
    const x = Buffer.from(publicKey).toString('base64url')
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
    if (!verify(null, signedItemBytes(seq, value), key, signature)) return { e: [206, 'bad sig'] }
    const target = createHash('sha1').update(publicKey).digest('hex')
    const held = node.items.get(target)
    if (held !== undefined && held.seq > seq) return { e: [302, 'older than what is stored'] }
    node.items.set(target, {
      publicKey: Uint8Array.from(publicKey),
      signature: Uint8Array.from(signature),
      seq,
      value: value instanceof Uint8Array ? Uint8Array.from(value) : value,
    })
    return { r: { id: node.id } }
  }

  const receive = async (bytes: Uint8Array, remote: RemoteInfo): Promise<void> => {
    const message = decodeBencode(bytes)
    if (!isDict(message) || textOf(message, 'y') !== 'q') return
    const transaction = bytesOf(message, 't') ?? new Uint8Array()
    const args = message.get('a')
    const method = textOf(message, 'q')
    if (!isDict(args) || method === undefined) return
    const from = { host: remote.address, port: remote.port }
    const query = { method, args, isReadOnly: message.get('ro') === 1n, from }
    node.seen.push(query)
    const honest = answer(method, args)
    const result = await node.tamper(
      { t: transaction, y: 'e' in honest ? 'e' : 'r', ...honest },
      query,
      node,
    )
    if (result === undefined) return
    await send(result instanceof Uint8Array ? result : encodeBencode(result), from)
  }
  socket.on('message', (bytes, remote) => void receive(bytes, remote))

  const node: StorageNode = {
    id: randomBytes(20),
    host: '127.0.0.1',
    port,
    address: `127.0.0.1:${port}`,
    items: new Map(),
    seen: [],
    tamper: (honest) => honest,
    send,
    async stop() {
      if (isStopped) return
      isStopped = true
      await new Promise<void>((resolve) => {
        socket.close(() => resolve())
      })
    },
  }
  return node
}

/** `count` nodes that know each other. */
export async function startStorageNet(count: number): Promise<readonly StorageNode[]> {
  const net: StorageNode[] = []
  for (let index = 0; index < count; index += 1) net.push(await startStorageNode(net))
  return net
}

export async function stopStorageNet(net: readonly StorageNode[]): Promise<void> {
  await Promise.all(net.map((node) => node.stop()))
}

export function delayed(delayMs: number): Tamper {
  return (honest) => new Promise((resolve) => setTimeout(() => resolve(honest), delayMs))
}
