import type {
  PkarrEndpointView,
  PkarrMeasure,
  PkarrPublishReport,
  PkarrView,
  PkarrZoneView,
} from '../../src-preload/contract/pkarr-model.ts'
import { createAskServer } from '../dns/ask-server.ts'
import type { Env, Unsubscribe } from '../env/env.ts'
import { fail, ok, type Result } from '../env/errors.ts'
import type { Health } from '../env/health.ts'
import type { Service } from '../env/service.ts'
import type { PkarrKeyring } from '../keys/pkarr-keyring.ts'
import { createPkarrPublisher } from '../publish/pkarr/pkarr-publisher.ts'
import type { Database } from '../store/database.ts'
import type { NameSystem } from '../systems/name-system.ts'
import type { CarrierQuery, PkarrKey } from '../systems/pkarr/carrier.ts'
import { createCarrierSet } from '../systems/pkarr/carrier-set.ts'
import type { SavedNode } from '../systems/pkarr/dht/dht-client.ts'
import { createDhtCarrier } from '../systems/pkarr/dht/dht-carrier.ts'
import { findEndpoints } from '../systems/pkarr/endpoints.ts'
import { createPacketSource } from '../systems/pkarr/packet-source-service.ts'
import { createPkarrSystem } from '../systems/pkarr/pkarr-system.ts'
import { createRelayCarrier } from '../systems/pkarr/relay-carrier.ts'
import { measureZone, recordsOfPacket } from '../systems/pkarr/zone-packet.ts'
import { readRecords, type RecordText } from '../systems/pkarr/zone-text.ts'
import { zoneView } from './pkarr-view.ts'
import type { RunSettings } from './run-settings.ts'

interface PkarrServiceDeps {
  readonly database: Database
  readonly path: string
  readonly health: Health
  readonly settings: RunSettings
  readonly keyring: PkarrKeyring
  /** Addresses of an ordinary host name, through the upstream and never through PKARR. */
  readonly publicAddresses: (name: string, type: 'A' | 'AAAA') => Promise<readonly string[]>
  /** UDP nodes the DHT may talk to; tests allow loopback. */
  readonly allowsAddress?: ((host: string) => boolean) | undefined
}

/** Names that are ed25519 keys: look-up, publication, and what people see of them. */
export interface PkarrServices extends Service {
  readonly system: NameSystem
  allowsPrivate(key: PkarrKey): boolean
  view(): PkarrView
  resolve(
    key: PkarrKey,
    policy: CarrierQuery['policy'],
    signal: AbortSignal,
  ): Promise<Result<PkarrZoneView>>
  endpoints(name: string, signal: AbortSignal): Promise<Result<readonly PkarrEndpointView[]>>
  measure(key: PkarrKey, records: readonly RecordText[]): Result<PkarrMeasure>
  publish(
    key: PkarrKey,
    records: readonly RecordText[],
    signal: AbortSignal,
  ): Promise<Result<PkarrPublishReport>>
  republish(
    key: PkarrKey | undefined,
    signal: AbortSignal,
  ): Promise<Result<readonly PkarrPublishReport[]>>
  follow(key: PkarrKey, isFollowed: boolean): Promise<Result<void>>
  forget(key: PkarrKey): Promise<Result<void>>
  onChange(listener: () => void): Unsubscribe
}

/** Endpoints listed for one name, and zones of strangers shown, the latest first. */
const maxEndpoints = 8
const maxZones = 200

export function createPkarrServices(env: Env, deps: PkarrServiceDeps): PkarrServices {
  const { settings, keyring, health, database, publicAddresses } = deps
  const listeners = new Set<() => void>()
  const failures = new Map<PkarrKey, string>()
  const nodes = database.sublevel<readonly SavedNode[]>('dht-nodes', 'json')
  let subscriptions: Unsubscribe[] = []

  const changed = (): void => {
    for (const listener of listeners) listener()
  }
  const isEnabled = (): boolean => settings.get().pkarr.enabled
  const identityOf = (key: PkarrKey) => keyring.list().find((identity) => identity.key === key)
  const allowsPrivate = (key: PkarrKey): boolean =>
    identityOf(key) !== undefined || settings.get().resolver.privateAddressOwners.includes(key)
  const bothFamilies = async (name: string): Promise<readonly string[]> =>
    (await Promise.all([publicAddresses(name, 'A'), publicAddresses(name, 'AAAA')])).flat()

  const dht = createDhtCarrier(env, {
    settings: () => settings.get().pkarr.dht,
    health,
    lookupHost: (name) => publicAddresses(name, 'A'),
    nodes: {
      load: async () => (await nodes.get('all')) ?? [],
      save: (known) => nodes.put('all', known),
    },
    ...(deps.allowsAddress === undefined ? {} : { allowsAddress: deps.allowsAddress }),
  })
  const carriers = createCarrierSet({
    relays: () => settings.get().pkarr.relays,
    onRelays: settings.onChange,
    createRelay: (url) => createRelayCarrier(env, { url }),
    dht,
  })
  const source = createPacketSource(env, {
    disk: database.sublevel('pkarr', 'view'),
    carriers: () =>
      carriers.list().filter(({ kind }) => kind === 'relay' || settings.get().pkarr.dht.enabled),
    onCarriers: carriers.onChange,
    bounds: () => settings.get().pkarr,
    isOwn: (key) => identityOf(key) !== undefined,
  })
  const publisher = createPkarrPublisher(env, {
    path: deps.path,
    health,
    keyring,
    source,
    isEnabled,
    followed: () => settings.get().pkarr.follow,
  })
  const system = createPkarrSystem(env, {
    source,
    isEnabled,
    allowsPrivate,
    askServer: createAskServer(env),
    addressesOf: bothFamilies,
  })

  const viewOf = (key: PkarrKey): PkarrZoneView =>
    zoneView(
      {
        key,
        identity: identityOf(key),
        isFollowed: settings.get().pkarr.follow.includes(key),
        held: source.held(key),
        kept: publisher.kept(key),
        announcement: publisher.announcement(key),
        failure: failures.get(key),
      },
      env.clock.nowMs(),
    )

  const resolve: PkarrServices['resolve'] = async (key, policy, signal) => {
    if (!isEnabled()) return switchedOff
    const found = await source.resolve(key, { policy, signal })
    if (found.kind === 'failed') failures.set(key, found.problem)
    else failures.delete(key)
    changed()
    if (found.kind === 'found') return ok(viewOf(key))
    return found.kind === 'failed'
      ? fail('pkarr.unreachable', `No carrier could be asked: ${found.problem}.`)
      : fail(
          'pkarr.not-found',
          `${found.answers} carriers or nodes answered, and none has a packet.`,
        )
  }

  return {
    system,
    allowsPrivate,
    view: () => ({
      isEnabled: isEnabled(),
      identities: keyring.list(),
      canUndoRemove: keyring.canUndoRemove(),
      carriers: carriers.list().map((carrier) => carrier.status()),
      zones: [
        ...new Set([
          ...keyring.list().map(({ key }) => key),
          ...settings.get().pkarr.follow,
          ...source
            .list()
            .map(({ packet }) => packet.key)
            .toReversed()
            .slice(0, maxZones),
          ...failures.keys(),
        ]),
      ].map(viewOf),
    }),
    resolve,
    async endpoints(name, signal) {
      if (!isEnabled()) return switchedOff
      const found: PkarrEndpointView[] = []
      const search = findEndpoints(
        {
          random: env.random,
          allowsPrivate,
          addressesOf: bothFamilies,
          async resolveZone(key, stop) {
            const lookup = await source.resolve(key, { policy: 'cache-first', signal: stop })
            return lookup.kind === 'found' ? recordsOfPacket(lookup.held.packet) : undefined
          },
        },
        { name, signal },
      )
      for await (const endpoint of search) {
        found.push(endpoint)
        if (found.length >= maxEndpoints) break
      }
      return found.length > 0
        ? ok(found)
        : fail('pkarr.endpoints-not-found', `No HTTPS record of ${name} leads to a server.`)
    },
    measure(key, records) {
      const read = readRecords(key, records)
      return read.ok ? measureZone(key, read.value) : read
    },
    async publish(key, records, signal) {
      const read = readRecords(key, records)
      return read.ok ? publisher.publish(key, read.value, signal) : read
    },
    republish: (key, signal) => publisher.republish(key, signal),
    async follow(key, isFollowed) {
      const others = settings.get().pkarr.follow.filter((other) => other !== key)
      return settings.update({ pkarr: { follow: isFollowed ? [...others, key] : others } })
    },
    async forget(key) {
      if (identityOf(key) !== undefined) {
        return fail('pkarr.own-key', 'That key is yours.', 'Remove the key itself to be rid of it.')
      }
      failures.delete(key)
      await source.forget(key)
      return publisher.forget(key)
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async start() {
      await carriers.start()
      await source.start()
      await publisher.start()
      subscriptions = [
        source.onChange(changed),
        source.onCarriers(changed),
        publisher.onChange(changed),
        keyring.onChange(changed),
        settings.onChange(() => {
          dht.settingsChanged()
          changed()
        }),
      ]
    },
    async stop() {
      for (const unsubscribe of subscriptions.splice(0)) unsubscribe()
      await publisher.stop()
      await source.stop()
      await carriers.stop()
    },
  }
}

const switchedOff = fail('pkarr.off', 'PKARR is switched off.', 'Turn it on in the settings.')
