/** KRPC (BEP 5): the messages of the DHT. */
import { decodeBencode, encodeBencode, type Bencodable, type BencodedDict } from './bencode.ts'
import { readEndpoint } from './contact.ts'
import { idLength } from './node-id.ts'

export type Method = 'find_node' | 'get' | 'put'

export interface Reply {
  readonly kind: 'reply'
  readonly transaction: string
  /** The node that answers. 20 bytes. */
  readonly id: Uint8Array
  readonly values: BencodedDict
  /** The IPv4 address we have as that node sees it (BEP 42). */
  readonly externalHost?: string
}

export interface Refusal {
  readonly kind: 'refusal'
  readonly transaction: string
  /** BEP 5 and BEP 44: 201 to 207, 301, 302. */
  readonly code: number
  readonly message: string
}

/** UDP payloads are at most 1500 bytes in practice: a full item and 20 nodes come to 1700. */
export const maxMessageBytes = 4096
const maxErrorText = 120

/** `ro` = 1 (BEP 43): we answer no queries, so nobody should keep us in a routing table. */
export function encodeQuery(
  method: Method,
  transaction: Uint8Array,
  ownId: Uint8Array,
  args: Readonly<Record<string, Bencodable | undefined>>,
): Buffer {
  return encodeBencode({
    t: transaction,
    y: 'q',
    q: method,
    a: { ...args, id: ownId },
    ro: 1,
  })
}

/** What a node answered; undefined for queries and for anything malformed. */
export function decodeAnswer(bytes: Uint8Array): Reply | Refusal | undefined {
  if (bytes.length > maxMessageBytes) return undefined
  const message = decodeBencode(bytes)
  if (!isDict(message)) return undefined
  const transaction = bytesOf(message, 't')
  const type = textOf(message, 'y')
  if (transaction === undefined) return undefined
  const t = transactionText(transaction)
  if (type === 'r') return readReply(message, t)
  if (type === 'e') return readRefusal(message, t)
  return undefined
}

function readReply(message: BencodedDict, transaction: string): Reply | undefined {
  const values = message.get('r')
  if (!isDict(values)) return undefined
  const id = bytesOf(values, 'id')
  if (id?.length !== idLength) return undefined
  const external = readEndpoint(bytesOf(message, 'ip') ?? new Uint8Array())
  return {
    kind: 'reply',
    transaction,
    id: Uint8Array.from(id),
    values,
    ...(external === undefined ? {} : { externalHost: external.host }),
  }
}

function readRefusal(message: BencodedDict, transaction: string): Refusal | undefined {
  const error = message.get('e')
  if (!Array.isArray(error)) return undefined
  const [code, text] = error as readonly unknown[]
  if (typeof code !== 'bigint' || code < 0n || code > 9999n) return undefined
  const words = text instanceof Uint8Array ? Buffer.from(text).toString('latin1') : ''
  return {
    kind: 'refusal',
    transaction,
    code: Number(code),
    // A stranger's text ends up in logs and on the screen.
    message: words.replaceAll(/[^ -~]/gu, '').slice(0, maxErrorText),
  }
}

export function isDict(value: unknown): value is BencodedDict {
  return value instanceof Map
}

export function bytesOf(dict: BencodedDict, key: string): Uint8Array | undefined {
  const value = dict.get(key)
  return value instanceof Uint8Array ? value : undefined
}

export function textOf(dict: BencodedDict, key: string): string | undefined {
  const value = bytesOf(dict, key)
  return value === undefined ? undefined : Buffer.from(value).toString('latin1')
}

export function transactionText(transaction: Uint8Array): string {
  return Buffer.from(transaction).toString('latin1')
}
