import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testKey } from '../testing/test-keys.ts'
import { lookUp, useDhtFixture } from './testing/carrier-fixture.ts'
import { payloadOfSize } from './testing/stored-items.ts'

// The distribution's interpreter: another one found first would not see the distribution's module.
const python = '/usr/bin/python3'
const isThere = spawnSync(python, ['-c', 'import libtorrent']).status === 0
const script = fileURLToPath(new URL('testing/libtorrent-net.py', import.meta.url))
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const patient = new AbortController().signal

interface Reply {
  readonly ports?: readonly number[]
  readonly nodes?: readonly number[]
  readonly stored?: number
  readonly value?: string | null
  readonly seq?: number
}

describe.skipIf(!isThere)('beside libtorrent (skipped where python3-libtorrent is missing)', () => {
  let child: ChildProcess
  let lines: AsyncIterator<string>
  let door: readonly string[] = []
  const { startCarrier } = useDhtFixture()

  const nextReply = async (): Promise<Reply> =>
    JSON.parse(String((await lines.next()).value)) as Reply
  const tell = (order: Readonly<Record<string, string | number>>): Promise<Reply> => {
    child.stdin?.write(`${JSON.stringify(order)}\n`)
    return nextReply()
  }

  beforeAll(async () => {
    child = spawn(python, ['-W', 'ignore', script], { stdio: ['pipe', 'pipe', 'inherit'] })
    if (child.stdout === null) throw new Error('no output')
    lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const { ports = [], nodes } = await nextReply()
    if (nodes?.some((count) => count < 2) !== false) throw new Error('the nodes did not meet')
    door = ports.slice(0, 1).map((port) => `127.0.0.1:${port}`)
  }, 60_000)

  afterAll(async () => {
    if (child.exitCode !== null) return
    const gone = once(child, 'exit')
    child.stdin?.end()
    await gone
  }, 60_000)

  it('finds here what was put there', async () => {
    const key = testKey(21)
    const payload = payloadOfSize(300)
    const put = await tell({
      do: 'put',
      seed: hex(key.seed),
      key: hex(key.publicKey),
      value: hex(payload),
    })
    expect(put.stored).toBeGreaterThanOrEqual(1)
    const { packets } = await lookUp(await startCarrier(door), key)
    expect(packets).toHaveLength(1)
    expect(hex(packets[0]?.payload ?? new Uint8Array())).toBe(hex(payload))
    expect(packets[0]?.timestampUs).toBe(BigInt(put.seq ?? 0))
  }, 60_000)

  it('is found there what was put here, announced twice, and replaced', async () => {
    const key = testKey(22)
    const first = key.packet(1_700_000_000_000_000n, payloadOfSize(900))
    const second = key.packet(1_700_000_000_000_001n, payloadOfSize(200))
    const carrier = await startCarrier(door)
    for (const packet of [first, first, second]) {
      const delivery = await carrier.publish(packet, patient)
      expect(delivery).toMatchObject({ state: 'stored', nodes: 3 })
      const seq = Number(packet.timestampUs)
      const got = await tell({ do: 'get', key: hex(key.publicKey), seq })
      expect(got).toEqual({ value: hex(packet.payload), seq })
    }
    expect((await carrier.publish(first, patient)).state).toBe('conflict')
  }, 60_000)
})
