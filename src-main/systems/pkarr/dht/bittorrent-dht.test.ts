import { createPublicKey, verify } from 'node:crypto'
import { once } from 'node:events'
import { Client } from 'bittorrent-dht'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SignedPacket } from '../carrier.ts'
import { openPacket } from '../signed-packet.ts'
import { testKey } from '../testing/test-keys.ts'
import { countingKey, hex, t2, timestampUs } from '../testing/vectors.ts'
import { targetOf } from './mutable-item.ts'
import { lookUp, useDhtFixture } from './testing/carrier-fixture.ts'
import { payloadOfSize } from './testing/stored-items.ts'

const patient = new AbortController().signal

function verifyItem(signature: Buffer, message: Buffer, publicKey: Buffer): boolean {
  const x = publicKey.toString('base64url')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  return verify(null, message, key, signature)
}

async function startPeer(bootstrap: number | undefined): Promise<Client> {
  const peer = new Client({
    bootstrap: bootstrap === undefined ? false : [{ host: '127.0.0.1', port: bootstrap }],
    verify: verifyItem,
  })
  const ready = once(peer, 'ready')
  await new Promise<void>((resolve) => {
    peer.listen(0, '127.0.0.1', resolve)
  })
  await ready
  return peer
}

describe('beside bittorrent-dht', () => {
  const peers: Client[] = []
  const { startCarrier } = useDhtFixture()

  beforeAll(async () => {
    for (let count = 0; count < 10; count += 1) {
      peers.push(await startPeer(peers[0]?.address().port))
    }
  })
  afterAll(async () => {
    await Promise.all(
      peers.map(
        (peer) =>
          new Promise<void>((resolve) => {
            peer.destroy(resolve)
          }),
      ),
    )
  })

  const door = (): readonly string[] => [`127.0.0.1:${peers[0]?.address().port}`]
  const last = (): Client => {
    const peer = peers.at(-1)
    if (peer === undefined) throw new Error('no peers')
    return peer
  }
  const putThere = ({ publicKey, signature, timestampUs: seq, payload }: SignedPacket) =>
    new Promise<number>((resolve, reject) => {
      const item = {
        k: Buffer.from(publicKey),
        sig: Buffer.from(signature),
        v: Buffer.from(payload),
        seq: Number(seq),
      }
      last().put(item, (error, _target, stored) =>
        error === null ? resolve(stored) : reject(error),
      )
    })
  const getThere = ({ publicKey }: { readonly publicKey: Uint8Array }) =>
    new Promise<{ readonly v: Uint8Array; readonly seq: number } | null>((resolve, reject) => {
      last().get(Buffer.from(targetOf(publicKey)), { cache: false }, (error, item) =>
        error === null ? resolve(item) : reject(error),
      )
    })

  it('finds here what was put there', async () => {
    const opened = openPacket(countingKey.key, {
      timestampUs,
      payload: hex(t2.payload),
      signature: hex(t2.signature),
    })
    if (!opened.ok) throw new Error(opened.error.message)
    expect(await putThere(opened.value)).toBeGreaterThanOrEqual(1)
    const { packets } = await lookUp(await startCarrier(door()), countingKey)
    expect(packets).toEqual([opened.value])
  })

  it('is found there what was put here, announced twice, and replaced', async () => {
    const key = testKey(11)
    const first = key.packet(1_700_000_000_000_000n, payloadOfSize(999))
    const carrier = await startCarrier(door())
    const delivery = await carrier.publish(first, patient)
    expect(delivery.state).toBe('stored')
    expect(delivery.nodes).toBeGreaterThanOrEqual(8)
    expect(Buffer.from((await getThere(first))?.v ?? []).equals(first.payload)).toBe(true)
    // These nodes answer 302 to an item they hold already.
    expect((await carrier.publish(first, patient)).state).toBe('stored')
    const second = key.packet(1_700_000_000_000_001n, payloadOfSize(100))
    expect((await carrier.publish(second, patient)).state).toBe('stored')
    expect((await getThere(second))?.seq).toBe(Number(second.timestampUs))
    expect((await carrier.publish(first, patient)).state).toBe('conflict')
  }, 60_000)

  it('stores a packet of 1000 bytes there', async () => {
    const largest = testKey(12).packet(5n, payloadOfSize(1000))
    const carrier = await startCarrier(door())
    expect((await carrier.publish(largest, patient)).state).toBe('stored')
    const { packets } = await lookUp(await startCarrier(door()), testKey(12))
    expect(packets).toEqual([largest])
  }, 60_000)
})
