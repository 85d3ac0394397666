import { utilityProcess } from 'electron'
import type { FromEngine } from '../engine/protocol.ts'
import type { Logger } from '../env/logger.ts'
import type { EngineChild } from './engine-process.ts'

/** Variables that would change how the engine's own Node behaves. */
const notPassedOn = ['NODE_OPTIONS', 'ELECTRON_RUN_AS_NODE', 'NODE_EXTRA_CA_CERTS']

/**
 * Young objects are collected early, because a large young generation keeps memory that the cache of
 * names could use. MiB. A utility process ignores switches of V8 that do not come this way.
 */
const engineFlags = ['--js-flags=--max-semi-space-size=2']

/** Starts the engine's entry in a utility process: Node without a window, ended with the app. */
export function forkEngine(entry: string, args: readonly string[], log: Logger): EngineChild {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !notPassedOn.includes(name)),
  )
  const child = utilityProcess.fork(entry, [...args], {
    serviceName: 'Nostr DNS engine',
    stdio: 'pipe',
    env,
    execArgv: engineFlags,
  })
  const toLog = (chunk: unknown): void => {
    for (const line of String(chunk).split('\n')) {
      if (line.trim() !== '') log.warn('engine wrote', { line })
    }
  }
  child.stdout?.on('data', toLog)
  child.stderr?.on('data', toLog)
  return {
    get pid() {
      return child.pid
    },
    postMessage: (message) => child.postMessage(message),
    kill: () => void child.kill(),
    onMessage: (listener) =>
      // The engine is our own code: its messages have the protocol's types.
      void child.on('message', (message: unknown) => listener(message as FromEngine)),
    onExit: (listener) => void child.on('exit', listener),
  }
}
