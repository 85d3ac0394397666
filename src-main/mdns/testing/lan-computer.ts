import { vi, type Mock } from 'vitest'
import type { Problem } from '../../env/errors.ts'
import { createLogger, type LogRecord } from '../../env/logger.ts'
import { systemRandom } from '../../env/system-env.ts'
import type { ManualClock } from '../../relays/testing/manual-clock.ts'
import { createMdnsResponder } from '../multicast-responder.ts'
import type { MdnsDeps, MdnsResponder, MdnsSettings } from '../responder.ts'
import { interfacesOf, type FakeLan } from './fake-lan.ts'

/** Keys that are curve points; `mine` is announced by default. */
export const mine = 'npub1lycg5qvjtrp3qjf5f7zl382j9x6nrjz9sdhenvyxq8c3808qxmus6gq266'
export const theirs = 'npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg'

export interface LanComputer {
  readonly responder: MdnsResponder
  readonly lookup: Mock<MdnsDeps['lookup']>
  readonly logged: readonly LogRecord[]
  setInterfaces(table: Readonly<Record<string, readonly string[]>>, mac?: string): void
  setSettings(settings: Partial<MdnsSettings>): void
  setNames(names: ReturnType<MdnsDeps['ownNames']>): void
}

export interface LanComputerOptions {
  readonly interfaces?: Readonly<Record<string, readonly string[]>>
  readonly settings?: Partial<MdnsSettings>
  readonly names?: ReturnType<MdnsDeps['ownNames']>
  readonly failures?: { readonly [family in 4 | 6]?: Problem }
}

/** A computer on `lan` that runs the responder, started. */
export function createLanComputer(
  clock: ManualClock,
  lan: FakeLan,
  options: LanComputerOptions = {},
): LanComputer {
  let interfaces = interfacesOf(options.interfaces ?? { eth0: ['10.9.0.1/24'] })
  let settings: MdnsSettings = { enabled: true, answerForOthers: false, ...options.settings }
  let names = options.names ?? [{ npub: mine, hosts: [] }]
  const listeners = { settings: new Set<() => void>(), names: new Set<() => void>() }
  const logged: LogRecord[] = []
  const lookup = vi.fn<MdnsDeps['lookup']>(() => Promise.resolve(undefined))
  const listen =
    (kind: keyof typeof listeners) =>
    (listener: () => void): (() => void) => {
      listeners[kind].add(listener)
      return () => listeners[kind].delete(listener)
    }
  const responder = createMdnsResponder(
    {
      clock,
      random: systemRandom,
      log: createLogger((record) => logged.push(record), 'debug', clock.nowMs),
    },
    {
      settings: () => settings,
      onSettings: listen('settings'),
      ownNames: () => names,
      onOwnNames: listen('names'),
      lookup,
      interfaces: () => interfaces,
      openSocket: lan.sockets(options.failures),
    },
  )
  void responder.start()
  return {
    responder,
    lookup,
    logged,
    setInterfaces(table, mac) {
      interfaces = interfacesOf(table, mac)
    },
    setSettings(change) {
      settings = { ...settings, ...change }
      for (const listener of listeners.settings) listener()
    },
    setNames(after) {
      names = after
      for (const listener of listeners.names) listener()
    },
  }
}

/** Long enough to probe three times and to announce twice. Milliseconds. */
export const settledMs = 3000
