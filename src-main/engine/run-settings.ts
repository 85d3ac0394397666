import type { Settings, SettingsPatch } from '../../src-preload/contract/settings.ts'
import { ok, type Result } from '../env/errors.ts'
import type { Unsubscribe } from '../env/env.ts'
import type { SettingsStore } from '../store/settings-store.ts'

/** What the command line decides for one run; none of it is saved. */
export interface RunOptions {
  /** Instead of all configured relays and indexers. */
  readonly relays?: readonly string[]
  readonly upstreams?: readonly string[]
  /** 0 takes any free port. */
  readonly ports?: {
    readonly proxy?: number | undefined
    readonly split?: number | undefined
    readonly doh?: number | undefined
  }
  /** Where the transparent mode listens, in place of 443 and 80. */
  readonly transparentPorts?: { readonly tls: number; readonly http: number }
  readonly embeddedRelay?: boolean
  /** Ports of `.nostr` servers that the proxy lets browsers ask for. */
  readonly serverPorts?: readonly number[]
}

/** The settings in force: those on disk, with the options of this run over them. */
export interface RunSettings {
  get(): Settings
  update(patch: SettingsPatch): Promise<Result<void>>
  onChange(listener: () => void): Unsubscribe
}

export function createRunSettings(
  store: Pick<SettingsStore, 'get' | 'update' | 'onChange'>,
  options: RunOptions,
): RunSettings {
  return {
    get: () => withOptions(store.get(), options),
    async update(patch) {
      const updated = await store.update(patch)
      return updated.ok ? ok(undefined) : updated
    },
    onChange: (listener) => store.onChange(() => listener()),
  }
}

function withOptions(settings: Settings, options: RunOptions): Settings {
  const { resolver, relays } = settings
  return {
    ...settings,
    resolver: {
      ...resolver,
      upstreams: [...(options.upstreams ?? resolver.upstreams)],
      proxyPort: options.ports?.proxy ?? resolver.proxyPort,
      splitPort: options.ports?.split ?? resolver.splitPort,
      dohPort: options.ports?.doh ?? resolver.dohPort,
    },
    relays: {
      ...relays,
      ...(options.relays === undefined
        ? {}
        : { defaults: [], indexers: [], user: [...options.relays] }),
      embedded: {
        ...relays.embedded,
        enabled: relays.embedded.enabled && options.embeddedRelay !== false,
      },
    },
  }
}
