import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { chromium, type Browser, type Page } from '@playwright/test'
import { appEnvironment } from './app.ts'

const root = join(import.meta.dirname, '../..')

export interface PackagedApp {
  /** The window; waits until there is one. */
  window(): Promise<Page>
  /** Resolves with the exit code when the app has ended by itself. */
  readonly ended: Promise<number | null>
  /** Ends it whatever state it is in. */
  kill(): Promise<void>
}

/** Has `npm run package` make the unpacked app below `folder`; returns the executable users start. */
export async function packageApp(folder: string): Promise<string> {
  const child = spawn(
    process.execPath,
    [
      join(root, 'scripts/run.mjs'),
      ...['package', '--', '--dir', `-c.directories.output=${folder}`],
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const output: string[] = []
  child.stdout.setEncoding('utf8').on('data', (text: string) => output.push(text))
  const [code] = (await once(child, 'close')) as [number]
  if (code !== 0) throw new Error(`npm run package failed:\n${output.join('')}`)
  return join(folder, 'linux-unpacked/nostr-dns')
}

/**
 * Starts a packaged app. Its fuses keep Playwright from attaching to the main process, as they keep
 * everybody else; the window is seen through Chromium's own debugging port.
 */
export async function startPackaged(
  executable: string,
  dataDir: string,
  busAddress: string,
): Promise<PackagedApp> {
  // As root Chromium has no sandbox; users are not root.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const child = spawn(
    executable,
    [...sandbox, '--remote-debugging-port=0', '--data-dir', dataDir],
    { env: appEnvironment(busAddress, dataDir), stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  const browser = await chromium.connectOverCDP(await debuggingAddress(child, ended))
  return {
    window: () => firstWindow(browser),
    ended,
    async kill() {
      await browser.close()
      if (child.exitCode === null) child.kill('SIGKILL')
      await ended
    },
  }
}

async function debuggingAddress(child: ChildProcess, ended: Promise<unknown>): Promise<string> {
  if (child.stderr === null) throw new Error('no error output to read')
  const lines = createInterface({ input: child.stderr })
  return Promise.race([
    new Promise<string>((resolve) => {
      lines.on('line', (line) => {
        const address = /^DevTools listening on (ws:\S+)$/u.exec(line)?.[1]
        if (address !== undefined) resolve(address)
      })
    }),
    ended.then((code) => {
      throw new Error(`the packaged app ended at start with code ${String(code)}`)
    }),
  ])
}

async function firstWindow(browser: Browser): Promise<Page> {
  const [context] = browser.contexts()
  if (context === undefined) throw new Error('the packaged app has no browser context')
  return context.pages()[0] ?? context.waitForEvent('page')
}
