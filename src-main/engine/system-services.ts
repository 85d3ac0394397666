import { settingsSchema } from '../../src-preload/contract/settings.ts'
import type { Env, Unsubscribe } from '../env/env.ts'
import { repeat } from '../env/repeat.ts'
import type { Exec } from '../host/exec.ts'
import type { Canary } from '../host/resolver/canary.ts'
import { createResolverConfig } from '../host/resolver/resolver-config-service.ts'
import type { ResolverConfig } from '../host/resolver/resolver-config.ts'
import type { NameServer } from '../dns/name-server.ts'
import type { RunSettings } from './run-settings.ts'

interface SystemServiceDeps {
  readonly settings: RunSettings
  readonly server: Pick<NameServer, 'listeners'>
  readonly canary: Canary
  readonly exec: Exec
  /** Folder that stands for `/`; tests have their own. */
  readonly systemRoot?: string | undefined
  /** The one this runs on; tests have others. */
  readonly platform?: NodeJS.Platform
}

/** Windows sends the questions of a suffix to port 53 and no other. */
const windowsPort = 53
/** Milliseconds. */
const pollEveryMs = 1_000

/** The operating system's split DNS, told what the settings and listeners of the moment are. */
export function createSystemServices(env: Env, deps: SystemServiceDeps): ResolverConfig {
  const { settings, server, canary, exec, systemRoot } = deps
  const platform = deps.platform ?? process.platform

  const listeningPort = (): number | undefined =>
    server
      .listeners()
      .find(
        ({ id, state, addresses }) =>
          id === 'split' && state === 'listening' && addresses.includes('127.0.0.1'),
      )?.port

  const config = createResolverConfig(env, {
    exec,
    platform,
    isAdministrator: process.getuid?.() === 0,
    powershell: `${process.env['SystemRoot'] ?? 'C:\\Windows'}\\System32\\WindowsPowerShell\\v1.0\\powershell.exe`,
    wish: () => ({
      port:
        platform === 'win32' ? windowsPort : (listeningPort() ?? settings.get().resolver.splitPort),
      suffixes: settings.get().system.suffixes,
    }),
    listeningPort,
    isEnabled: () => settings.get().resolver.enabled,
    canary,
    ...(systemRoot === undefined ? {} : { systemRoot }),
  })

  /** What the state depends on besides the system. Listeners have no events of their own. */
  const circumstances = (): string =>
    JSON.stringify([
      settings.get().resolver.enabled,
      listeningPort(),
      settings.get().system.suffixes,
    ])
  let lastSeen = circumstances()
  let cancelPoll: Unsubscribe = () => undefined
  const poll = (): void => {
    const now = circumstances()
    if (now === lastSeen) return
    lastSeen = now
    config.look().catch((error: unknown) => env.log.error('looking again failed', { error }))
  }

  return {
    ...config,
    async start() {
      lastSeen = circumstances()
      await config.start()
      cancelPoll = repeat(env.clock, pollEveryMs, poll)
    },
    async stop() {
      cancelPoll()
      await config.stop()
    },
    async install() {
      const { splitPort } = settings.get().resolver
      if (platform !== 'win32' || splitPort === windowsPort) return config.install()
      const moved = await settings.update({ resolver: { splitPort: windowsPort } })
      if (!moved.ok) return moved
      const installed = await config.install()
      // Without the rule nobody asks at that port, and others may want it.
      if (!installed.ok) await settings.update({ resolver: { splitPort } })
      return installed
    },
    async uninstall() {
      const wasThere = !['unknown', 'off'].includes(config.view().state)
      const undone = await config.uninstall()
      const hasMoved =
        platform === 'win32' && settings.get().resolver.splitPort === windowsPort && wasThere
      if (!undone.ok || !hasMoved) return undone
      // As above. Where it was before nobody noted: there it is by default.
      const { splitPort } = settingsSchema.parse({ version: 1 }).resolver
      const moved = await settings.update({ resolver: { splitPort } })
      return moved.ok ? undone : moved
    },
  }
}
