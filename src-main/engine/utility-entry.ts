/**
 * The engine inside Electron's utilityProcess. The shell starts it with `--data-dir DIR` and talks
 * to it over the parent port as in `protocol.ts`. Secrets and keys never go through its arguments.
 */
import { parseArgs } from 'node:util'
import packageJson from '../../package.json' with { type: 'json' }
import { AppError, toProblem } from '../env/errors.ts'
import { createFileLog } from '../env/file-log.ts'
import { systemClock, systemRandom } from '../env/system-env.ts'
import { startEngine, type Engine } from './engine.ts'
import type { FromEngine, ToEngine } from './protocol.ts'
import { createShellSealer } from './shell-link.ts'

/** Electron gives a utility process this port; its types need the `electron` import we must not have. */
interface ParentPort {
  postMessage(message: FromEngine): void
  on(event: 'message', listener: (event: { data: ToEngine }) => void): void
  on(event: 'close', listener: () => void): void
}

async function main(port: ParentPort): Promise<void> {
  const { values } = parseArgs({
    options: {
      'data-dir': { type: 'string' },
      relay: { type: 'string', multiple: true },
    },
    strict: true,
  })
  const dataDir = values['data-dir']
  if (dataDir === undefined) throw new Error('the engine needs --data-dir')

  const log = createFileLog(dataDir, systemClock)
  const env = { clock: systemClock, random: systemRandom, log: log.logger }
  const send = (message: FromEngine): void => port.postMessage(message)
  const { sealer, onReply } = createShellSealer(send)
  let engine: Engine | undefined
  let unwatch: (() => void) | undefined

  const stop = async (): Promise<void> => {
    unwatch?.()
    await engine?.stop()
    await log.close()
    process.exit(0)
  }

  port.on('message', ({ data }) => {
    switch (data.type) {
      case 'os-reply':
        onReply(data)
        break
      case 'stop':
        void stop()
        break
      case 'watch':
        unwatch ??= engine?.rpc.onDelta((delta) => send({ type: 'delta', delta }))
        break
      case 'call': {
        const { id, name, argument } = data
        void engine?.rpc.call(name, argument).then((reply) => send({ type: 'reply', id, reply }))
        break
      }
    }
  })
  // The shell died or let go: an engine without a shell must not stay behind.
  port.on('close', () => void stop())

  try {
    engine = await startEngine(env, {
      dataDir,
      version: packageJson.version,
      osSealer: sealer,
      serve: true,
      ...(values.relay ? { relays: values.relay } : {}),
      onStopRequest: () => void stop(),
    })
  } catch (error) {
    send({ type: 'failed', problem: toProblem(error) })
    await stop()
  }
  send({ type: 'ready' })
}

const parentPort = (process as unknown as { parentPort?: ParentPort }).parentPort
if (parentPort === undefined) {
  throw new AppError({
    code: 'engine.no-parent',
    message: 'This file is started by the app; use `nostr-dns serve` to run without it.',
  })
}
await main(parentPort)
