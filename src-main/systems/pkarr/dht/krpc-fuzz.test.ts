import { describe, expect, it } from 'vitest'
import { createDice, type Dice } from '../../testing/random.ts'
import { testKey } from '../testing/test-keys.ts'
import { encodeBencode } from './bencode.ts'
import { readContacts, writeContacts } from './contact.ts'
import { bytesOf, decodeAnswer } from './krpc-message.ts'
import { createItemReader } from './mutable-item.ts'
import { doorOf, lookUp, useDhtFixture } from './testing/carrier-fixture.ts'
import { itemOf, payloadOfSize, store } from './testing/stored-items.ts'

const owner = testKey(7)
const packet = owner.packet(1_700_000_000_000_000n, payloadOfSize(200))
const item = itemOf(packet)
const messages = [
  encodeBencode({
    t: 'aabb',
    y: 'r',
    ip: Buffer.from([203, 0, 113, 9, 1, 2]),
    r: {
      id: Buffer.alloc(20, 1),
      token: 'token',
      nodes: writeContacts(
        [1, 2, 3].map((number) => ({
          id: Buffer.alloc(20, number),
          host: '203.0.113.1',
          port: 99,
        })),
      ),
      k: item.publicKey,
      sig: item.signature,
      seq: item.seq,
      v: packet.payload,
    },
  }),
  encodeBencode({ t: 'aabb', y: 'e', e: [302, 'old'] }),
  encodeBencode({ t: 'aabb', y: 'r', r: { id: Buffer.alloc(20, 1), v: [1, { a: [[]] }] } }),
]

/** Flips, cuts, repeats and inserts what means something in bencode. */
function mutate(dice: Dice, original: Uint8Array): Buffer {
  let bytes = Buffer.from(original)
  for (let count = 1 + dice.below(3); count > 0; count -= 1) {
    if (dice.below(2) === 0) {
      bytes[dice.below(bytes.length)] = dice.below(256)
      continue
    }
    const at = dice.below(bytes.length + 1)
    const span = dice.below(40)
    const kind = dice.below(5)
    const middle =
      kind === 0
        ? Buffer.from([dice.below(256)])
        : kind === 1
          ? Buffer.from(
              dice.pick(['i', 'e', 'd', 'l', ':', '-', '9', '0', 'i-0e', '99999:', '1:v']),
            )
          : kind === 2
            ? Buffer.concat([bytes.subarray(at, at + span), bytes.subarray(at, at + span)])
            : Buffer.alloc(0)
    const skipped = kind === 2 || kind === 3 ? span : kind === 4 ? bytes.length : dice.below(2)
    bytes = Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(at + skipped)])
  }
  return bytes
}

describe('mutated KRPC messages', () => {
  it('are read or refused, 10,000 of them, and never yield a packet nobody signed', () => {
    const dice = createDice(42)
    let read = 0
    for (let round = 0; round < 10_000; round += 1) {
      const bytes = mutate(dice, dice.pick(messages))
      const answer = decodeAnswer(bytes)
      if (answer?.kind !== 'reply') continue
      read += 1
      readContacts(bytesOf(answer.values, 'nodes') ?? new Uint8Array())
      const reading = createItemReader(owner.publicKey)(answer.values)
      const isHonest =
        reading.kind !== 'packet' ||
        (reading.packet.timestampUs === packet.timestampUs &&
          Buffer.from(reading.packet.payload).equals(packet.payload))
      expect(isHonest).toBe(true)
    }
    // The mutations must not all be so coarse that only the decoder is tried.
    expect(read).toBeGreaterThan(500)
  })

  const { startNet, startCarrier } = useDhtFixture()

  it('do not stop a carrier that receives nothing else', async () => {
    const dice = createDice(43)
    const net = await startNet(4)
    store(net, owner, item)
    for (const node of net) {
      node.tamper = async (honest, { from }) => {
        const bytes = encodeBencode(honest)
        for (let count = 0; count < 60; count += 1) await node.send(mutate(dice, bytes), from)
        return honest
      }
    }
    const carrier = await startCarrier(doorOf(net))
    for (let round = 0; round < 12; round += 1) {
      const { end, packets } = await lookUp(carrier, owner)
      expect(['done', 'failed']).toContain(end.kind)
      expect(packets.every(({ timestampUs }) => timestampUs === packet.timestampUs)).toBe(true)
    }
    for (const node of net) node.tamper = (honest) => honest
    expect((await lookUp(carrier, owner)).packets).toEqual([packet])
  })
})
