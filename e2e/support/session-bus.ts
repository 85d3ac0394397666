import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export interface SessionBus {
  /** For DBUS_SESSION_BUS_ADDRESS. */
  readonly address: string
  stop(): Promise<void>
}

/** A D-Bus session bus of our own, so that no panel or keyring of the machine takes part in a test. */
export async function startSessionBus(): Promise<SessionBus> {
  const daemon = spawn('dbus-daemon', ['--session', '--nofork', '--print-address=1'], {
    // Its chatter about activated services is no part of a test's output.
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const failed = once(daemon, 'error').then(([error]) => {
    throw new Error(`dbus-daemon could not be started: ${String(error)}`)
  })
  const [line] = (await Promise.race([
    once(createInterface({ input: daemon.stdout }), 'line'),
    failed,
  ])) as [string]
  return {
    address: line.trim(),
    async stop() {
      if (daemon.exitCode !== null) return
      daemon.kill()
      await once(daemon, 'exit')
    },
  }
}
