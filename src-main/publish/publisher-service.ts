import type { Settings } from '../../src-preload/contract/settings.ts'
import type { Env, Unsubscribe } from '../env/env.ts'
import { unixSeconds } from '../env/env.ts'
import { fail, ok, type Problem, type Result } from '../env/errors.ts'
import type { Health } from '../env/health.ts'
import type { Keyring } from '../keys/keyring.ts'
import type { PubkeyHex } from '../names/name.ts'
import type { EventStore, RelayService } from '../relays/relay-service.ts'
import { isPrivateAddress } from '../systems/address-filter.ts'
import type { AddressSource } from './address/address-source.ts'
import { detectAddress } from './address/detect-address.ts'
import { fetchText } from './address/fetch-text.ts'
import { createHttpsSource } from './address/https-source.ts'
import { listInterfaceAddresses, type ListInterfaces } from './address/interface-addresses.ts'
import { createStunSource } from './address/stun-source.ts'
import { createAddressWatch, noAddressProblem } from './address-watch.ts'
import { createCopies } from './copies.ts'
import {
  draftAddresses,
  draftCertificates,
  draftCertificateWithdrawal,
  draftRecords,
  draftReturn,
  draftWithdrawal,
  draftZone,
  type Draft,
  type Holdings,
} from './drafts.ts'
import { heldHosts } from './held-hosts.ts'
import { checkAddresses } from './host-addresses.ts'
import { isHostName } from './host-name.ts'
import { checkCertificates } from './host-pins.ts'
import { createListeners } from './listeners.ts'
import { createSerializer } from './owner-turns.ts'
import { createOutbox } from './outbox.ts'
import { cancelled, createPublication } from './publication.ts'
import { createStateDocument, toPublishedHost } from './publish-state.ts'
import type { AddressReport, Publisher, PublishReport } from './publisher.ts'
import { pushRelayList } from './relay-list.ts'
import { createRenewal } from './renewal.ts'
import { surveyOwner } from './survey.ts'
import { createUpkeep } from './upkeep.ts'
import { checkRecords } from './zone-records.ts'
import { readZoneText } from './zone-text.ts'

export interface PublisherDeps {
  readonly keyring: Keyring
  readonly relays: RelayService
  readonly store: EventStore
  /** File of everything publishing must not forget. */
  readonly statePath: string
  readonly settings: () => Settings['publish']
  readonly health: Health
  /** In place of the HTTPS services and STUN servers of the settings. */
  readonly addressSources?: () => readonly AddressSource[]
  readonly listInterfaces?: ListInterfaces
}

/** Publishes names: see the contract. All work of one key is done in order. */
export function createPublisher(env: Env, deps: PublisherDeps): Publisher {
  const { keyring, relays, store, health } = deps
  const log = env.log.child('publish')
  const state = createStateDocument(env, deps.statePath, health)
  const turns = createSerializer()
  const changes = createListeners<void>()
  const progress = createListeners<PublishReport>()
  const running = new Map<string, PublishReport>()
  const stopping = new AbortController()
  let lastAddress: AddressReport | undefined
  let releases: Unsubscribe[] = []

  const keyOf = ({ pubkey, host }: PublishReport): string => `${host}.${pubkey}`
  const onProgress = (report: PublishReport): void => {
    running.set(keyOf(report), report)
    progress.notify(report)
  }
  const outbox = createOutbox(env, { relays, state })
  const copies = createCopies(env, { ...deps, state })
  const core = createPublication(env, { keyring, relays, store, state, copies, outbox, onProgress })
  const publication: typeof core = {
    async publish(job) {
      try {
        const result = await core.publish(job)
        if (result.ok) pushRelayList(relays, job.survey, result.value, job.signal, log)
        return result
      } finally {
        for (const { host } of job.hosts) running.delete(`${host}.${job.owner}`)
        changes.notify()
      }
    },
  }
  const renewal = createRenewal(env, { ...deps, state, copies, publication, turns })

  const untilStop = (signal: AbortSignal): AbortSignal => AbortSignal.any([signal, stopping.signal])

  const detect = async (signal: AbortSignal): Promise<AddressReport> => {
    const sources = deps.addressSources?.() ?? sourcesOf(env, deps.settings())
    const listInterfaces = deps.listInterfaces ?? listInterfaceAddresses
    const isPublic = (address: string): boolean => !isPrivateAddress(address)
    lastAddress = await detectAddress(env, { sources, listInterfaces, isPublic }, signal)
    changes.notify()
    return lastAddress
  }

  /** Draws up `draft` from what the owner has now, and publishes it. */
  const publish = (
    owner: PubkeyHex,
    callerSignal: AbortSignal,
    draft: (holdings: Holdings) => Result<Draft>,
  ): Promise<Result<readonly PublishReport[]>> =>
    turns.run(owner, async () => {
      const signal = untilStop(callerSignal)
      const usable = checkOwner(keyring, owner)
      if (!usable.ok) return usable
      if (signal.aborted) return cancelled()
      const survey = await surveyOwner(relays, store, owner, signal)
      const { hosts } = state.get()
      const own = new Set(hosts.filter(({ pubkey }) => pubkey === owner).map(({ host }) => host))
      const held = heldHosts(owner, hosts, survey.events, unixSeconds(env.clock))
      const drafted = draft({ owner, own, held })
      if (!drafted.ok) return drafted
      const result = await publication.publish({ owner, survey, signal, ...drafted.value })
      if (result.ok) renewal.settled(owner)
      return result
    })

  const publishOne = async (
    owner: PubkeyHex,
    signal: AbortSignal,
    draft: (holdings: Holdings) => Result<Draft>,
  ): Promise<Result<PublishReport>> => {
    const result = await publish(owner, signal, draft)
    if (!result.ok) return result
    const [first] = result.value
    if (first === undefined) throw new Error('a publication without a report')
    return ok(first)
  }

  const findAddresses = async (signal: AbortSignal): Promise<Result<readonly string[]>> => {
    const report = await detect(untilStop(signal))
    const addresses = [report.v4, report.v6].filter((address) => address !== undefined)
    return addresses.length > 0 ? ok(addresses) : { ok: false, error: noAddressProblem(report) }
  }

  const watch = createAddressWatch(env, {
    state,
    health,
    detect,
    publish: (host, addresses, signal) =>
      publishOne(host.pubkey, signal, (holdings) =>
        draftAddresses(holdings, host.host, addresses, true),
      ),
  })
  const upkeep = createUpkeep(env, {
    relays,
    keyring,
    outbox,
    renewal,
    watch,
    checkMinutes: () => deps.settings().addressCheckMinutes,
  })

  const showQueue = (): void => {
    const waiting = state.get().queue.filter(({ okUrls }) => okUrls.length === 0)
    if (waiting.length === 0) health.clear('publish.queued')
    else health.raise('publish.queued', 'info', queuedProblem(waiting.map(({ host }) => host)))
    changes.notify()
  }

  return {
    async start() {
      await state.start()
      releases.push(state.onChange(showQueue))
      showQueue()
      await upkeep.start()
    },
    async stop() {
      stopping.abort()
      for (const release of releases) release()
      releases = []
      await upkeep.stop()
      await turns.idle()
      await state.stop()
    },
    hosts: () => state.get().hosts.map(toPublishedHost),
    running: () => [...running.values()],
    queued: () => state.get().queue.length,
    detectAddress: (signal) => detect(untilStop(signal)),
    lastAddress: () => lastAddress,
    async publishAddress(pubkey, { host = '@', addresses, follow = true, signal }) {
      const usable = checkOwner(keyring, pubkey)
      if (!usable.ok) return usable
      const chosen =
        addresses === undefined ? await findAddresses(signal) : checkAddresses(addresses)
      if (!chosen.ok) return chosen
      // Addresses given by hand would be undone by the next look at the detected ones.
      const followsAddress = follow && addresses === undefined
      return publishOne(pubkey, signal, (holdings) =>
        draftAddresses(holdings, host, chosen.value, followsAddress),
      )
    },
    async publishRecords(pubkey, host, records, { lifetime, signal }) {
      const checked = checkRecords(pubkey, host, records)
      if (!checked.ok) return checked
      return publishOne(pubkey, signal, (holdings) =>
        draftRecords(holdings, host, checked.value, lifetime),
      )
    },
    async publishZone(pubkey, text, { lifetime, signal }) {
      const zone = readZoneText(pubkey, text)
      if (!zone.ok) return zone
      return publish(pubkey, signal, (holdings) => {
        const draft = draftZone(holdings, zone.value.records, lifetime)
        if (!draft.ok) return draft
        return ok({ ...draft.value, notices: [...zone.value.notices, ...draft.value.notices] })
      })
    },
    async publishCertificate(pubkey, host, certificates, options) {
      const { ports, includeDer = false, revoke = false, signal } = options
      const checked = checkPorts(host, ports)
      if (!checked.ok) return checked
      const now = unixSeconds(env.clock)
      const usable = checkCertificates(pubkey, host, certificates, now)
      if (!usable.ok) return usable
      return publishOne(pubkey, signal, (holdings) =>
        draftCertificates(holdings, {
          host,
          ports: [...new Set(ports)],
          certificates,
          includeDer,
          isRevocation: revoke,
          now,
        }),
      )
    },
    withdrawCertificate: (pubkey, host, signal) =>
      publishOne(pubkey, signal, (holdings) =>
        draftCertificateWithdrawal(holdings, host, unixSeconds(env.clock)),
      ),
    withdraw: (pubkey, host, signal) =>
      publishOne(pubkey, signal, (holdings) => draftWithdrawal(holdings, host)),
    undoWithdraw: (pubkey, host, signal) =>
      publishOne(pubkey, signal, (holdings) => draftReturn(holdings, host)),
    republish: (signal) => renewal.renewAll(untilStop(signal)),
    onChange: (listener) => changes.add(listener),
    onProgress: (listener) => progress.add(listener),
  }
}

/** Fails early, before any traffic, when `owner` cannot sign now. */
function checkOwner(keyring: Keyring, owner: PubkeyHex): Result<void> {
  const identity = keyring.list().find(({ pubkey }) => pubkey === owner)
  if (identity === undefined) {
    return fail('keys.unknown', 'The key to publish with is not among your keys.')
  }
  return identity.isLocked
    ? fail('keys.locked', `The key “${identity.label}” is locked.`, 'Unlock it, then try again.')
    : ok(undefined)
}

function checkPorts(host: string, ports: readonly number[]): Result<void> {
  if (!isHostName(host)) {
    return fail('publish.bad-host', `“${host.slice(0, 64)}” is not a host with a certificate.`)
  }
  const isPort = (port: number): boolean => Number.isInteger(port) && port >= 1 && port <= 65_535
  return ports.length > 0 && ports.length <= 8 && ports.every(isPort)
    ? ok(undefined)
    : fail('publish.bad-port', 'Give 1 to 8 ports, each from 1 to 65535.')
}

/** Every service and server of `settings` over both IP families. */
function sourcesOf(env: Env, settings: Settings['publish']): readonly AddressSource[] {
  return ([4, 6] as const).flatMap((family) => [
    ...settings.addressServices.map((url) => createHttpsSource(fetchText, url, family)),
    ...settings.stunServers.map((server) => createStunSource(env, server, family)),
  ])
}

function queuedProblem(hosts: readonly string[]): Problem {
  const list = hosts.slice(0, 5).join(', ')
  return {
    code: 'publish.queued',
    message: `No relay has taken ${hosts.length === 1 ? 'this entry' : `these ${hosts.length} entries`} yet: ${list}${hosts.length > 5 ? ' …' : ''}.`,
    hint: 'They are saved and will be sent as soon as a relay can be reached.',
  }
}
