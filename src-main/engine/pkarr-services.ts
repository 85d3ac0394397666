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
import { createSerialQueue } from '../keys/serial-queue.ts'
import { createPkarrPublisher } from '../publish/pkarr/pkarr-publisher.ts'
import type { Database } from '../store/database.ts'
import type { NameSystem } from '../systems/name-system.ts'
import type { CarrierQuery, PkarrKey } from '../systems/pkarr/carrier.ts'
import { createCarrierSet } from '../systems/pkarr/carrier-set.ts'
import type { SavedNode } from '../systems/pkarr/dht/dht-client.ts'
import { createDhtCarrier } from '../systems/pkarr/dht/dht-carrier.ts'
import { findEndpoints } from '../systems/pkarr/endpoints.ts'
import { exactKey } from '../systems/pkarr/key.ts'
import { createPacketSource } from '../systems/pkarr/packet-source-service.ts'
import { createPkarrSystem } from '../systems/pkarr/pkarr-system.ts'
import { createRelayCarrier } from '../systems/pkarr/relay-carrier.ts'
import { measureZone, recordsOfPacket } from '../systems/pkarr/zone-packet.ts'
import { readRecords, type RecordText } from '../systems/pkarr/zone-text.ts'
import { createPkarrRules } from './pkarr-rules.ts'
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
  /** Of the last look-up of each key asked for by a person, where it failed. */
  const failures = new Map<PkarrKey, string>()
  const rules = createPkarrRules(settings, keyring)
  const answerListeners = new Set<(key: PkarrKey) => void>()
  const followInTurn = createSerialQueue()
  const nodes = database.sublevel<readonly SavedNode[]>('dht-nodes', 'json')
  let subscriptions: Unsubscribe[] = []

  const changed = (): void => {
    for (const listener of listeners) listener()
  }
  const { isEnabled, allowsPrivate } = rules
  const identityOf = (key: PkarrKey) => keyring.list().find((identity) => identity.key === key)
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
  const answersChanged = (key: PkarrKey): void => {
    for (const listener of answerListeners) listener(key)
  }
  const rulesChanged = (): void => {
    const held = (): readonly PkarrKey[] => source.list().map(({ packet }) => packet.key)
    for (const key of rules.changed(held)) answersChanged(key)
  }
  const system = createPkarrSystem(env, {
    source: {
      resolve: source.resolve,
      onChange(listener) {
        answerListeners.add(listener)
        return () => answerListeners.delete(listener)
      },
    },
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

  const note = (key: PkarrKey, failure: string | undefined): void => {
    failures.delete(key)
    if (failure !== undefined) failures.set(key, failure)
    const oldest = failures.size > maxZones ? failures.keys().next().value : undefined
    if (oldest !== undefined) failures.delete(oldest)
    changed()
  }

  const resolve: PkarrServices['resolve'] = async (key, policy, signal) => {
    if (!isEnabled()) return switchedOff
    const valid = exactKey(key)
    if (!valid.ok) return valid
    const found = await source.resolve(key, { policy, signal })
    note(key, found.kind === 'failed' ? found.problem : undefined)
    if (found.kind === 'found') return ok(viewOf(key))
    return found.kind === 'failed'
      ? fail('pkarr.unreachable', `No carrier could be asked: ${found.problem}.`)
      : fail(
          'pkarr.not-found',
          found.invalidSeq === undefined
            ? `${found.answers} carriers or nodes answered, and none has a packet.`
            : 'The newest item under this key is signed by it and is no DNS packet; older packets do not count.',
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
      const valid = exactKey(key)
      const read = valid.ok ? readRecords(key, records) : valid
      return read.ok ? measureZone(key, read.value) : read
    },
    async publish(key, records, signal) {
      const read = readRecords(key, records)
      return read.ok ? publisher.publish(key, read.value, signal) : read
    },
    async republish(key, signal) {
      const valid = key === undefined ? ok(key) : exactKey(key)
      return valid.ok ? publisher.republish(key, signal) : valid
    },
    async follow(key, isFollowed) {
      const valid = isFollowed ? exactKey(key) : ok(key)
      if (!valid.ok) return valid
      // Each list builds on the last one.
      const done = await followInTurn(() => {
        const others = settings.get().pkarr.follow.filter((other) => other !== key)
        return settings.update({ pkarr: { follow: isFollowed ? [...others, key] : others } })
      })
      const isKept = isFollowed || identityOf(key) !== undefined
      return done.ok && !isKept ? publisher.forget(key) : done
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
      rulesChanged()
      subscriptions = [
        source.onChange((key) => {
          answersChanged(key)
          changed()
        }),
        source.onCarriers(changed),
        publisher.onChange(changed),
        keyring.onChange(() => {
          rulesChanged()
          changed()
        }),
        settings.onChange(() => {
          dht.settingsChanged()
          rulesChanged()
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
