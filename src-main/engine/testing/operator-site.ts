import type { ChildProcess } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeMessage } from '../../dns/wire/decode.ts'
import { encodeMessage } from '../../dns/wire/encode.ts'
import { startEngine } from '../engine.ts'
import { localClient } from '../local-client.ts'
import { buildCli } from './built-cli.ts'
import { startTestRelay, testEnv } from './test-relay.ts'

/** The address every host of the site's owner has. */
export const ownersAddress = '203.0.113.7'
/** The address of every name outside our suffixes. */
export const othersAddress = '198.51.100.1'

/** One `serve` process. */
export interface Instance {
  readonly splitPort: number
  /** A counter or gauge of its metrics page. */
  metric(name: string): Promise<number>
  kill(): Promise<void>
}

/** A relay with an owner's records, and what operators put in front of it. */
export interface OperatorSite {
  readonly folder: string
  /** `npub1….nostr`; every host below it has `ownersAddress`. */
  readonly ownersName: string
  /** Answers every question with `othersAddress`. */
  readonly others: { readonly port: number; readonly asked: readonly string[] }
  startInstance(): Promise<Instance>
  stop(): Promise<void>
}

export async function startOperatorSite(): Promise<OperatorSite> {
  const folder = await mkdtemp(join(tmpdir(), 'nostr-dns-operators-'))
  const cli = await buildCli()
  const relay = await startTestRelay()
  const others = await startOthers()
  const npub = await publishOwner(join(folder, 'owner'), relay.url)
  const running: ChildProcess[] = []

  const startInstance = async (): Promise<Instance> => {
    const [split, metrics] = [await freePort(), await freePort()]
    const child = cli.start([
      ...['serve', '--data-dir', join(folder, `instance-${running.length}`)],
      ...['--relay', relay.url, '--proxy-port', '0', '--doh-port', '0'],
      ...['--split-port', String(split), '--metrics-port', String(metrics)],
    ])
    running.push(child)
    await saying(child, /\bready$/mu)
    return {
      splitPort: split,
      async metric(name) {
        const page = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text()
        const line = page.split('\n').find((text) => text.startsWith(`${name} `))
        if (line === undefined) throw new Error(`there is no metric ${name}`)
        return Number(line.slice(name.length + 1))
      },
      kill: () => end(child, 'SIGKILL'),
    }
  }

  return {
    folder,
    ownersName: `${npub}.nostr`,
    others,
    startInstance,
    async stop() {
      await Promise.all(running.map((child) => end(child, 'SIGTERM')))
      others.socket.close()
      await relay.stop()
      cli.remove()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Publishes one address for every host of a new owner. */
async function publishOwner(dataDir: string, relay: string): Promise<string> {
  const engine = await startEngine(testEnv, {
    dataDir,
    home: `${dataDir}-home`,
    version: 'test',
    serve: false,
    embeddedRelay: false,
    plainKeys: true,
    relays: [relay],
  })
  const client = localClient(engine)
  const identity = await client.call('keys.create', { label: 'owner' })
  if (!identity.ok) throw new Error(identity.error.message)
  const published = await client.call('publish.records', {
    host: '@',
    records: [{ name: '*', type: 'A', ttl: 300, rdata: ownersAddress }],
  })
  if (!published.ok) throw new Error(published.error.message)
  await engine.stop()
  return identity.value.npub
}

async function startOthers() {
  const asked: string[] = []
  const socket: Socket = createSocket('udp4')
  socket.on('message', (bytes, from) => {
    const question = decodeMessage(bytes)
    const [first] = question.questions
    if (first === undefined) return
    asked.push(first.name.toLowerCase())
    const reply = encodeMessage({
      ...question,
      isResponse: true,
      recursionAvailable: true,
      additionals: [],
      answers:
        first.type === 'A'
          ? [{ ...first, ttl: 1, rdata: { type: 'A', address: othersAddress } }]
          : [],
    })
    socket.send(reply, from.port, from.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return { socket, asked, port: socket.address().port }
}

/** Resolves when the process has printed what `pattern` matches; rejects when it ends before. */
export async function saying(child: ChildProcess, pattern: RegExp): Promise<void> {
  let said = ''
  await new Promise<void>((resolve, reject) => {
    const hear = (text: string): void => {
      said += text
      if (pattern.test(said)) resolve()
    }
    child.stdout?.setEncoding('utf8').on('data', hear)
    child.stderr?.setEncoding('utf8').on('data', hear)
    child.once('exit', (code) => reject(new Error(`ended with ${String(code)}:\n${said}`)))
  })
}

export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill(signal)
  await ended
}

/**
 * A port free for UDP and TCP just now, and of those that no system hands out by itself (RFC 6335 s.6;
 * Linux begins at 32768): otherwise one that is to be listened on a moment later may be gone by then.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_000)
    const server = createServer()
    const socket = createSocket('udp4')
    try {
      await once(server.listen(port, '127.0.0.1'), 'listening')
      await once(socket.bind(port, '127.0.0.1'), 'listening')
      return port
    } catch {
      // Somebody has it: another one.
    } finally {
      socket.close()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}

/** The file that docs/operators.md tells to write at `path`. */
export async function documentedFile(path: string): Promise<string> {
  const page = await readFile(new URL('../../../docs/operators.md', import.meta.url), 'utf8')
  const after = page.split(`<!-- file: ${path} -->`)[1]
  const block = /^\s*```\w+\n(.*?)^```$/msu.exec(after ?? '')?.[1]
  if (block === undefined) throw new Error(`docs/operators.md holds no file ${path}`)
  return block
}
