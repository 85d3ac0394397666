import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The command line as users run it, on plain Node. */
export const cliPath = join(import.meta.dirname, '../../out/node/cli.js')

/** Runs one verb with `--json` and returns what it printed. Fails with its error text. */
export async function cli(...args: readonly string[]): Promise<unknown> {
  const { stdout } = await run(process.execPath, [cliPath, ...args, '--json'], {
    timeout: 30_000,
  })
  return JSON.parse(stdout) as unknown
}

export interface RelayProcess {
  readonly url: string
  stop(): Promise<void>
  /** Starts it again on the same port with what it had stored. */
  restart(): Promise<RelayProcess>
}

/** The product's own relay in a process of its own, storing in `dataDir`. */
export async function startRelay(dataDir: string, port: number): Promise<RelayProcess> {
  let running = await spawnRelay(dataDir, port)
  const relay: RelayProcess = {
    url: running.url,
    stop: () => running.stop(),
    async restart() {
      await running.stop()
      running = await spawnRelay(dataDir, port)
      return relay
    },
  }
  return relay
}

async function spawnRelay(
  dataDir: string,
  port: number,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const child = spawn(
    process.execPath,
    [cliPath, 'relay', '--port', String(port), '--data-dir', dataDir, '--json'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const exited = once(child, 'exit')
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    exited.then(([code]) => {
      throw new Error(`the relay ended at start with code ${String(code)}`)
    }),
  ])) as [string]
  const { url } = JSON.parse(line) as { url: string }
  return {
    url,
    async stop() {
      if (child.exitCode === null) child.kill()
      await exited
    },
  }
}

/** The headless engine on `dataDir`; resolves when it serves. */
export async function startServe(dataDir: string): Promise<{ stop(): Promise<void> }> {
  const child = spawn(process.execPath, [cliPath, 'serve', '--data-dir', dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  for await (const line of createInterface({ input: child.stdout })) {
    if (/\bready$/u.test(line)) break
  }
  child.stdout.resume()
  return {
    async stop() {
      child.kill()
      await exited
    },
  }
}
