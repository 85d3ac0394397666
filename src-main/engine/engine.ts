import { homedir } from 'node:os'
import type { Snapshot } from '../../src-preload/contract/model.ts'
import { createHealth } from '../env/health.ts'
import type { Env } from '../env/env.ts'
import { createExec, systemFolders } from '../host/exec.ts'
import { createCanary } from '../host/resolver/canary.ts'
import type { OsSealer } from '../keys/keyring.ts'
import { createKeyring } from '../keys/keyring-service.ts'
import { createPublisher } from '../publish/publisher-service.ts'
import { dataFiles } from '../env/data-dir.ts'
import { openDatabase } from '../store/database.ts'
import { createSettingsStore } from '../store/settings-store.ts'
import { createControlServer } from './control-server.ts'
import { controlPath } from './control-path.ts'
import { createHandlers } from './handlers.ts'
import { createHttpsServices } from './https-services.ts'
import { createMdnsServices } from './mdns-services.ts'
import { createNameServices, ownerOfKey } from './name-services.ts'
import { createPkarrServices } from './pkarr-services.ts'
import { createRelayServices } from './relay-services.ts'
import { createRpc, type Rpc } from './rpc.ts'
import { createRunSettings, type RunOptions } from './run-settings.ts'
import { createEngineState } from './engine-state.ts'
import { createSystemServices } from './system-services.ts'
import { createSupervisor } from './supervisor.ts'

export interface EngineOptions extends RunOptions {
  readonly dataDir: string
  readonly version: string
  /** False for one command of the CLI: no listeners, no embedded relay, no control socket. */
  readonly serve: boolean
  readonly osSealer?: OsSealer
  /** The user asked for a plain key file in so many words. */
  readonly plainKeys?: boolean
  /** Home folder whose browsers are told whom to trust; the user's own by default. */
  readonly home?: string
  /** Nodes of the DHT that may be asked besides public ones; tests have theirs on loopback. */
  readonly allowsDhtAddress?: (host: string) => boolean
  /** Folder that stands for `/` when the system's resolver is looked at. */
  readonly systemRoot?: string
  /** A front end asked the engine to stop. */
  readonly onStopRequest?: () => void
}

/** HTTPS, and where the proof of concept's servers listen. */
const usualServerPorts = [443, 4443, 4444]

export interface Engine {
  readonly rpc: Rpc
  snapshot(): Snapshot
  stop(): Promise<void>
}

/**
 * Builds every service of `options.dataDir` and starts them in order. Rejects with an AppError
 * (`store.locked`, `store.…`) when one cannot start, with everything already started stopped again.
 */
export async function startEngine(env: Env, options: EngineOptions): Promise<Engine> {
  const health = createHealth(() => env.clock.nowMs())
  const files = dataFiles(options.dataDir)
  const stopping = new AbortController()
  const database = await openDatabase(env, files.database, health)
  const settingsStore = createSettingsStore(env, files.settings, health)
  const settings = createRunSettings(settingsStore, options)
  const keyring = createKeyring(env, {
    path: files.keys,
    health,
    ...(options.osSealer === undefined ? {} : { osSealer: options.osSealer }),
    ...(options.plainKeys === true ? { preferred: 'plain' as const, allowPlain: true } : {}),
  })
  const relays = createRelayServices(env, { database, health, settings, serve: options.serve })
  const publisher = createPublisher(env, {
    keyring,
    relays: relays.pool,
    store: relays.store,
    statePath: files.publish,
    settings: () => settings.get().publish,
    health,
  })
  const canary = createCanary(env.random)
  const exec = createExec({
    folders: systemFolders(process.platform, process.env),
    clock: env.clock,
  })
  const pkarr = createPkarrServices(env, {
    database,
    path: files.pkarr,
    health,
    settings,
    keyring: keyring.pkarr,
    publicAddresses: (name, type) => names.publicAddresses(name, type),
    allowsAddress: options.allowsDhtAddress,
  })
  const names = createNameServices(env, {
    database,
    files,
    health,
    settings,
    keyring,
    relays,
    pkarr: { ...pkarr, identities: () => keyring.pkarr.list() },
    answersCanary: canary.answersCanary,
    serve: options.serve,
  })
  const https = createHttpsServices(env, {
    database,
    files,
    health,
    settings,
    names,
    keyring,
    publisher,
    osSealer: options.osSealer,
    exec,
    home: options.home ?? homedir(),
    serverPorts: options.serverPorts ?? usualServerPorts,
    transparentPorts: options.transparentPorts,
    serve: options.serve,
  })
  const system = createSystemServices(env, {
    settings,
    server: names.server,
    canary,
    exec,
    systemRoot: options.systemRoot,
  })
  const mdns = createMdnsServices(env, { settings, keyring, publisher, names, health })
  const state = createEngineState(env, {
    version: options.version,
    settings,
    keyring,
    relays,
    publisher,
    names,
    https,
    mdns,
    system,
    pkarr,
    health,
  })
  const rpc = createRpc(
    env.log.child('rpc'),
    createHandlers({
      signal: stopping.signal,
      snapshot: state.feed.snapshot,
      keyring,
      publisher,
      explain: names.explain,
      setEnabled: (enabled) => settings.update({ resolver: { enabled } }),
      refreshName: names.refresh,
      async forgetName(id) {
        const forgotten = await names.forget(id)
        const pubkey = ownerOfKey(id)
        if (forgotten.ok && pubkey !== undefined) await https.forgetOwner(pubkey)
        return forgotten
      },
      petnames: names.petnames,
      https,
      system,
      pkarr,
      pkarrKeys: keyring.pkarr,
      acceptKey: names.nip05.acceptChange,
      updateSettings: settings.update,
      onStopRequest: options.onStopRequest ?? (() => undefined),
    }),
    state.feed.onDelta,
  )
  const supervisor = createSupervisor(env.log.child('engine'), [
    { name: 'database', service: { start: async () => undefined, stop: () => database.close() } },
    { name: 'settings', service: settingsStore },
    { name: 'keys', service: keyring },
    { name: 'events', service: relays.store },
    { name: 'relays', service: relays.pool },
    { name: 'embedded relay', service: relays.embedded },
    { name: 'pkarr', service: pkarr },
    { name: 'names', service: names },
    { name: 'publisher', service: publisher },
    { name: 'https', service: https },
    // One command of the CLI must not announce anybody on the network.
    ...(options.serve ? [{ name: 'mdns', service: mdns }] : []),
    // One command looks when it is told to.
    ...(options.serve ? [{ name: 'system', service: system }] : []),
    { name: 'state', service: state },
    ...(options.serve
      ? [
          {
            name: 'control',
            service: createControlServer(
              env.log.child('control'),
              controlPath(options.dataDir),
              rpc,
            ),
          },
        ]
      : []),
  ])
  await supervisor.start()
  return {
    rpc,
    snapshot: state.feed.snapshot,
    stop() {
      stopping.abort()
      return supervisor.stop()
    },
  }
}
