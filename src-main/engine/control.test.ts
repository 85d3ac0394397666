import { mkdtemp, rm, stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Delta } from '../../src-preload/contract/model.ts'
import { silentLogger } from '../env/logger.ts'
import type { Service } from '../env/service.ts'
import { connectControl } from './control-client.ts'
import { controlPath } from './control-path.ts'
import { createControlServer } from './control-server.ts'
import { createLineReader } from './json-lines.ts'
import type { Rpc } from './rpc.ts'

let folder: string
let server: Service
let sendDelta: ((delta: Delta) => void) | undefined

const rpc: Rpc = {
  call: async (name, argument) =>
    name === 'keys.lock'
      ? new Promise(() => undefined)
      : { ok: false, error: { code: 'echo', message: JSON.stringify([name, argument]) } },
  onDelta(listener) {
    sendDelta = listener
    return () => (sendDelta = undefined)
  },
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nostr-dns-control-'))
  server = createControlServer(silentLogger, controlPath(folder), rpc)
  await server.start()
})

afterEach(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

describe('control socket', () => {
  it('carries calls and their replies, several at once', async () => {
    const client = await connectControl(controlPath(folder))
    if (client === undefined) throw new Error('not connected')
    const replies = await Promise.all([
      client.call('names.forget', { id: 'é'.repeat(100_000) }),
      client.call('names.refresh', { id: '2' }),
    ])
    expect(replies.map((reply) => !reply.ok && reply.error.message.slice(0, 15))).toEqual([
      '["names.forget"',
      '["names.refresh',
    ])
    client.close()
  })

  it('sends deltas to those who watch', async () => {
    const client = await connectControl(controlPath(folder))
    if (client === undefined) throw new Error('not connected')
    const got = new Promise<Delta>((resolve) => client.onDelta(resolve))
    await client.call('names.refresh', { id: '1' })
    sendDelta?.({ seq: 4, slices: {} })
    expect(await got).toEqual({ seq: 4, slices: {} })
    client.close()
  })

  it('can be opened by its owner only', async () => {
    expect((await stat(controlPath(folder))).mode & 0o777).toBe(0o600)
  })

  it('answers waiting calls with a Problem when the engine ends', async () => {
    const client = await connectControl(controlPath(folder))
    if (client === undefined) throw new Error('not connected')
    const reply = client.call('keys.lock', {})
    await client.call('names.refresh', { id: '1' })
    await server.stop()
    expect(await reply).toMatchObject({ ok: false, error: { code: 'engine.gone' } })
    await client.closed
  })

  it('closes a client that sends nonsense and goes on serving others', async () => {
    const socket = connect(controlPath(folder))
    const closed = new Promise((resolve) => socket.on('close', resolve))
    socket.write('{"type":"call"\n')
    await closed
    const client = await connectControl(controlPath(folder))
    expect(client && (await client.call('names.refresh', { id: '1' }))).toMatchObject({ ok: false })
    client?.close()
  })

  it('reports that no engine listens', async () => {
    expect(await connectControl(join(folder, 'nobody.sock'))).toBeUndefined()
  })

  it('replaces the socket file of an engine that died', async () => {
    await server.stop()
    const path = controlPath(folder)
    const { writeFile } = await import('node:fs/promises')
    await writeFile(path, '')
    server = createControlServer(silentLogger, path, rpc)
    await server.start()
    const client = await connectControl(path)
    expect(client).toBeDefined()
    client?.close()
  })
})

describe('controlPath', () => {
  it('stays within what the kernel allows for long folders', () => {
    const path = controlPath(`/${'long/'.repeat(40)}`, 'linux')
    expect(Buffer.byteLength(path)).toBeLessThan(104)
    expect(controlPath(`/${'long/'.repeat(41)}`, 'linux')).not.toBe(path)
  })

  it('is a named pipe on Windows', () => {
    expect(controlPath('C:\\data', 'win32')).toMatch(/^\\\\\.\\pipe\\nostr-dns-[0-9a-f]{24}$/u)
  })
})

describe('createLineReader', () => {
  it('gives the same values however the stream is cut', () => {
    const bytes = Buffer.from('{"a":"ü"}\n\n[1,2]\n"x"\n')
    for (let cut = 1; cut < bytes.length; cut++) {
      const values: unknown[] = []
      const read = createLineReader(
        (value) => values.push(value),
        () => undefined,
      )
      for (let at = 0; at < bytes.length; at += cut) read(bytes.subarray(at, at + cut))
      expect(values).toEqual([{ a: 'ü' }, [1, 2], 'x'])
    }
  })
})
