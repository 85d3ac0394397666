import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import script from './watchdog.sh?raw'

/** A process of its own that restores the setting should we die before we do. */
export interface Watchdog {
  /** Ends it without a restoration; resolves when it is gone. */
  dismiss(): Promise<void>
}

export interface WatchdogOptions {
  /** File whose content says which run the setting belongs to. */
  readonly statePath: string
  readonly token: string
  /** Desktop and values, as the script takes them. */
  readonly words: readonly string[]
  readonly folders: readonly string[]
  readonly variables: Readonly<Record<string, string>>
}

/**
 * Starts a watchdog; undefined when it cannot be. It sees our end by the closing of a pipe: no
 * polling, no process numbers that could be used again, and nothing can keep the kernel from it.
 */
export function startWatchdog(options: WatchdogOptions): Promise<Watchdog | undefined> {
  const { statePath, token, words, folders, variables } = options
  const argv = ['-c', script, 'nostr-dns-proxy-watchdog', statePath, token, ...words]
  return new Promise((resolve) => {
    const child = spawn('/bin/sh', argv, {
      shell: false,
      // A session of its own: what is sent to our process group must not reach it.
      detached: true,
      cwd: '/',
      env: { PATH: folders.join(':'), LC_ALL: 'C.UTF-8', ...variables },
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    const gone = new Promise<void>((done) => child.once('exit', () => done()))
    child.stdin.on('error', () => undefined)
    child.once('error', () => resolve(undefined))
    child.once('spawn', () => {
      // It must not keep us alive: our end is what it waits for.
      child.unref()
      ;(child.stdin as Socket).unref()
      resolve({
        async dismiss() {
          child.ref()
          child.stdin.end('done\n')
          await gone
        },
      })
    })
  })
}
