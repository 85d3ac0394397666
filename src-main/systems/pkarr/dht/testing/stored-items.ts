import type { SignedPacket } from '../../carrier.ts'
import type { TestKey } from '../../testing/test-keys.ts'
import type { Bencoded } from '../bencode.ts'
import { signedItemBytes, targetOf } from '../mutable-item.ts'
import type { StorageNode, StoredItem } from './storage-node.ts'

export function itemOf(packet: SignedPacket): StoredItem {
  const { publicKey, signature, timestampUs: seq, payload: value } = packet
  return { publicKey, signature, seq, value }
}

/** Any value, signed as BEP 44 says. */
export function signItem(key: TestKey, seq: bigint, value: Bencoded): StoredItem {
  const signature = key.sign(signedItemBytes(seq, value))
  return { publicKey: key.publicKey, seq, value, signature }
}

/** Puts `item` where `key` is looked up. */
export function store(nodes: readonly StorageNode[], key: TestKey, item: StoredItem): void {
  for (const node of nodes) node.items.set(targetHex(key), item)
}

/** Nodes that hold exactly `packet`. */
export function holdersOf(nodes: readonly StorageNode[], packet: SignedPacket): number {
  return nodes.filter(({ items }) => {
    const item = items.get(targetHex(packet))
    return item?.seq === packet.timestampUs && Buffer.from(packet.signature).equals(item.signature)
  }).length
}

function targetHex({ publicKey }: Pick<TestKey, 'publicKey'>): string {
  return Buffer.from(targetOf(publicKey)).toString('hex')
}

/** A DNS message of exactly `size` bytes: one TXT record at the root, full of `fill`. */
export function payloadOfSize(size: number, fill = 'x'): Uint8Array {
  const rdata: Buffer[] = []
  const rdataLength = size - 23
  for (let left = rdataLength; left > 0;) {
    const length = Math.min(255, left - 1)
    rdata.push(Buffer.from([length]), Buffer.alloc(length, fill))
    left -= length + 1
  }
  return Buffer.concat([
    Buffer.from('000080000000000100000000', 'hex'),
    Buffer.from([0, 0, 16, 0, 1, 0, 0, 1, 0x2c, rdataLength >> 8, rdataLength & 0xff]),
    ...rdata,
  ])
}
