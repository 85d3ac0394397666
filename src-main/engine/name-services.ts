import type { ResolveReport } from '../../src-preload/contract/model.ts'
import type { PkarrIdentity } from '../../src-preload/contract/pkarr-model.ts'
import { createNameServer, type NameServer } from '../dns/name-server.ts'
import type { ManagedQuery } from '../dns/query-server.ts'
import type { RecordType } from '../dns/wire/message.ts'
import type { Env, Unsubscribe } from '../env/env.ts'
import { fail, ok, type Result } from '../env/errors.ts'
import { repeat } from '../env/repeat.ts'
import type { Health } from '../env/health.ts'
import type { Service } from '../env/service.ts'
import type { Keyring } from '../keys/keyring.ts'
import type { OwnerKey, PubkeyHex } from '../names/name.ts'
import { encodeNpub } from '../names/npub.ts'
import { parseName } from '../names/parse-name.ts'
import type { Database } from '../store/database.ts'
import { createHttpsGet } from '../systems/nip05/https-get.ts'
import { createKeyPins } from '../systems/nip05/key-pins.ts'
import { createNip05System, type Nip05System } from '../systems/nip05/nip05-system.ts'
import { createNostrSystem, type NostrSystem } from '../systems/nostr/nostr-system.ts'
import { createPetnameSystem } from '../systems/petnames/petname-system.ts'
import { createPetnameTable, type PetnameTable } from '../systems/petnames/petname-table.ts'
import type { PkarrKey } from '../systems/pkarr/carrier.ts'
import type { PkarrServices } from './pkarr-services.ts'
import { createNamesTable, type NamesTable, type SavedName } from './names-table.ts'
import type { RelayServices } from './relay-services.ts'
import type { RunSettings } from './run-settings.ts'

interface NameServiceDeps {
  readonly database: Database
  readonly files: { readonly petnames: string; readonly nip05Pins: string }
  readonly health: Health
  readonly settings: RunSettings
  readonly keyring: Keyring
  readonly relays: RelayServices
  readonly pkarr: Pick<PkarrServices, 'system' | 'allowsPrivate' | 'resolve' | 'forget'> & {
    readonly identities: () => readonly PkarrIdentity[]
  }
  /** Answers the questions by which this program tests the system's resolver. */
  readonly answersCanary: (name: string) => string | undefined
  /** Whether to open listeners. */
  readonly serve: boolean
}

/** Everything that turns names into answers, and the table of names people see. */
export interface NameServices extends Service {
  readonly server: NameServer
  readonly table: NamesTable
  readonly petnames: PetnameTable
  readonly nip05: Nip05System
  readonly nostr: NostrSystem
  allowsPrivateAddresses(owner: PubkeyHex): boolean
  explain(name: string, type: RecordType): Promise<ResolveReport>
  /**
   * Addresses behind `domain`, aliases followed: what its owner signed, as literals. When all of them
   * are private and the owner is a stranger these are given, to be refused by whoever would dial.
   */
  addressesOf(domain: string): Promise<Result<readonly string[]>>
  /** Addresses of an ordinary name, from the upstream; none for managed names. */
  publicAddresses(name: string, type: 'A' | 'AAAA'): Promise<readonly string[]>
  refresh(id: string): Promise<Result<void>>
  forget(id: string): Promise<Result<void>>
  onRow(listener: (id: string) => void): Unsubscribe
  onPetnames(listener: () => void): Unsubscribe
}

/** Names asked for reach the disk this often; losing the last few at a crash costs nothing. */
const saveEveryMs = 10_000
/** Names asked for within this time are followed again after a restart, the latest of them. */
const warmForMs = 24 * 3_600_000
const maxWarm = 200
/** Answers from the cache are counted into the table this often. */
const countEveryMs = 2_000

export function createNameServices(env: Env, deps: NameServiceDeps): NameServices {
  const { keyring, relays, settings, health, pkarr } = deps
  const rowListeners = new Set<(id: string) => void>()
  const saved = deps.database.sublevel<readonly SavedName[]>('names', 'json')
  let hasUnsaved = false
  const stopping = new AbortController()
  let subscriptions: Unsubscribe[] = []

  const isOwn = (owner: PubkeyHex): boolean =>
    keyring.list().some((identity) => identity.pubkey === owner)
  const allowsPrivateAddresses = (owner: PubkeyHex): boolean =>
    isOwn(owner) || settings.get().resolver.privateAddressOwners.includes(owner)

  const mayBePrivate = (domain: string): boolean => {
    const name = parseName(domain)
    return name.kind !== 'nostr' || allowsPrivateAddresses(name.owner)
  }

  const nostr = createNostrSystem(env, {
    relays: relays.pool,
    store: relays.store,
    config: {
      allowsPrivateAddresses,
      optIn: () => {
        const { nns30053, dnstr31034 } = settings.get().systems
        return { nns: nns30053, dnstr: dnstr31034 }
      },
    },
  })
  const petnames = createPetnameTable(env, { path: deps.files.petnames, health })
  const pins = createKeyPins(env, { path: deps.files.nip05Pins, health })
  const nip05 = createNip05System(env, {
    get: createHttpsGet({ maxBytes: 65_536 }),
    relays: relays.pool,
    pins,
    health,
    isEnabled: () => settings.get().systems.nip05,
    addHints: nostr.addHints,
  })
  const server = createNameServer(env, {
    systems: [nostr, nip05, createPetnameSystem(env, petnames), pkarr.system],
    health,
    config: settings.get().resolver,
    answersCanary: deps.answersCanary,
    allowsPrivate: (owner) => {
      const key = pkarrKeyOf(owner)
      if (key !== undefined) return pkarr.allowsPrivate(key)
      const pubkey = ownerOfKey(owner)
      return pubkey !== undefined && allowsPrivateAddresses(pubkey)
    },
  })

  const table = createNamesTable(env.clock, {
    zoneOf: (owner) => {
      const pubkey = ownerOfKey(owner)
      return pubkey === undefined ? undefined : nostr.knownZone(pubkey)
    },
    aliasOf: (npub) =>
      keyring.list().find((identity) => identity.npub === npub)?.label ??
      petnames.list().find((entry) => encodeNpub(entry.owner) === npub)?.label ??
      pkarr.identities().find(({ key }) => key === npub)?.label,
    isOwn: (npub) =>
      keyring.list().some((identity) => identity.npub === npub) ||
      pkarr.identities().some(({ key }) => key === npub),
    onChange: (id) => {
      hasUnsaved = true
      for (const listener of rowListeners) listener(id)
    },
  })

  const observe = ({ resolved }: ManagedQuery): void => {
    for (const step of resolved.steps) {
      if (step.source !== 'system') continue
      const { resolution } = step
      const name = parseName(step.name)
      const owner = name.kind === 'nostr' ? nostrKey(name.owner) : resolution.provenance?.owner
      if (owner === undefined) continue
      const host = 'host' in name ? name.host : '@'
      table.observe({
        owner,
        apex: host === '@' ? step.name : step.name.slice(host.length + 1),
        host,
        npub:
          name.kind === 'nostr' ? encodeNpub(name.owner) : (resolution.provenance?.signer ?? ''),
        resolution,
      })
    }
  }

  /** What decides which zones are read and which of their addresses are served. */
  const readingRules = (): string => {
    const { systems, resolver } = settings.get()
    return JSON.stringify([
      systems,
      resolver.privateAddressOwners,
      keyring.list().map((identity) => identity.pubkey),
    ])
  }
  let rules = ''
  const followRules = (): void => {
    const next = readingRules()
    if (next === rules) return
    rules = next
    nostr.settingsChanged()
  }

  /**
   * Names of the last day are loaded and followed again, one at a time: after a restart the window
   * shows them, and their owners' changes arrive.
   */
  const warmUp = async (signal: AbortSignal): Promise<void> => {
    const oldest = env.clock.nowMs() - warmForMs
    const recent = table
      .list()
      .filter((row) => row.lastAskedMs > oldest)
      .toSorted((a, b) => b.lastAskedMs - a.lastAskedMs)
      .slice(0, maxWarm)
    for (const { id, npub } of recent) {
      if (signal.aborted) return
      const qname = `${npub}.nostr`
      const name = parseName(qname)
      if (name.kind === 'nostr') await nostr.lookup(name, qname, 'A', signal)
      table.updateZone(id)
    }
  }

  const save = async (): Promise<void> => {
    if (!hasUnsaved) return
    hasUnsaved = false
    await saved.put('all', table.save())
  }
  const saveQuietly = (): void => {
    // What is lost here is a list of recent names; the store raises a full disk by itself.
    save().catch((error: unknown) => env.log.warn('recent names were not saved', { error }))
  }

  return {
    server,
    table,
    petnames,
    nip05,
    nostr,
    allowsPrivateAddresses,
    async addressesOf(domain) {
      const reports = await Promise.all([
        server.explain(domain, 'A'),
        server.explain(domain, 'AAAA'),
      ])
      const addresses = reports.flatMap(({ answers }) =>
        answers.filter(({ type }) => type === 'A' || type === 'AAAA').map(({ rdata }) => rdata),
      )
      if (addresses.length > 0) return ok(addresses)
      const withheld = reports.flatMap((report) => report.withheld ?? [])
      // Who may point into the local network would be believed here, also where an alias of theirs
      // leads to a stranger's private address.
      if (withheld.length > 0 && !mayBePrivate(domain)) return ok(withheld)
      const failed = reports.find(({ rcode }) => rcode === 'SERVFAIL')
      return failed === undefined
        ? fail('names.not-found', 'Its owner publishes no address.')
        : fail('names.unreachable', failed.ede?.text ?? 'Its address could not be looked up.')
    },
    // What a person looks up is in the table as what their programs ask for.
    async publicAddresses(name, type) {
      if (parseName(name).kind !== 'foreign') return []
      const { answers } = await server.explain(name, type)
      return answers.flatMap((record) => (record.type === type ? [record.rdata] : []))
    },
    explain: (name, type) => server.explain(name, type, observe),
    async refresh(id) {
      const key = pkarrKeyOf(id)
      if (key !== undefined) {
        const found = await pkarr.resolve(key, 'network-only', stopping.signal)
        return found.ok ? ok(undefined) : found
      }
      const owner = ownerOfKey(id)
      if (owner === undefined || table.get(id) === undefined) return unknownRow()
      await nostr.refresh(owner)
      table.updateZone(id)
      return ok(undefined)
    },
    async forget(id) {
      if (!table.forget(id)) return unknownRow()
      const owner = ownerOfKey(id)
      if (owner !== undefined && !isOwn(owner)) await nostr.forget(owner)
      const key = pkarrKeyOf(id)
      // An own zone stays: what is forgotten is that it was asked for.
      if (key !== undefined) await pkarr.forget(key)
      await save()
      return ok(undefined)
    },
    onRow(listener) {
      rowListeners.add(listener)
      return () => rowListeners.delete(listener)
    },
    onPetnames: (listener) => petnames.onChange(() => listener()),
    async start() {
      await petnames.start()
      await pins.start()
      await nostr.start()
      await nip05.start()
      table.restore((await saved.get('all')) ?? [])
      hasUnsaved = false
      rules = readingRules()
      subscriptions = [
        server.onQuery(observe),
        nostr.onChange((owner) => table.updateZone(owner)),
        settings.onChange(() => {
          followRules()
          void server.reconfigure(settings.get().resolver)
        }),
        keyring.onChange(followRules),
        repeat(env.clock, saveEveryMs, saveQuietly),
        repeat(env.clock, countEveryMs, () => table.addHits(server.takeOwnerHits())),
      ]
      await server.reconfigure(settings.get().resolver)
      if (!deps.serve) return
      await server.start()
      warmUp(stopping.signal).catch((error: unknown) => {
        env.log.error('recent names could not be loaded', { error })
      })
    },
    async stop() {
      stopping.abort()
      for (const unsubscribe of subscriptions.splice(0)) unsubscribe()
      await server.stop()
      await nip05.stop()
      await nostr.stop()
      await pins.stop()
      await petnames.stop()
      saveQuietly()
    },
  }
}

/** The key of an owner of the Nostr system in caches. */
export function nostrKey(owner: PubkeyHex): OwnerKey {
  return `nostr:${owner}`
}

/** The public key in an owner key of the Nostr system; undefined for other systems. */
export function ownerOfKey(key: OwnerKey): PubkeyHex | undefined {
  return key.startsWith('nostr:') ? key.slice('nostr:'.length) : undefined
}

/** The key in an owner key of the PKARR system; undefined for other systems. */
function pkarrKeyOf(key: OwnerKey): PkarrKey | undefined {
  return key.startsWith('pkarr:') ? key.slice('pkarr:'.length) : undefined
}

function unknownRow(): Result<void> {
  return fail('names.unknown', 'That name is not in the table any more.')
}
