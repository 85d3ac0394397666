import type { Env, Unsubscribe } from '../env/env.ts'
import { repeat } from '../env/repeat.ts'
import type { Health } from '../env/health.ts'
import type { Service } from '../env/service.ts'
import type { ResolverConfig } from '../host/resolver/resolver-config.ts'
import type { Keyring } from '../keys/keyring.ts'
import type { MdnsResponder } from '../mdns/responder.ts'
import { encodeNpub } from '../names/npub.ts'
import type { Publisher } from '../publish/publisher.ts'
import { logEvents } from './event-log.ts'
import type { HttpsServices } from './https-services.ts'
import type { NameServices } from './name-services.ts'
import type { PkarrServices } from './pkarr-services.ts'
import type { RelayServices } from './relay-services.ts'
import type { RunSettings } from './run-settings.ts'
import { createStateFeed, type StateFeed } from './state-feed.ts'

interface StateDeps {
  readonly version: string
  readonly settings: RunSettings
  readonly keyring: Keyring
  readonly relays: RelayServices
  readonly publisher: Publisher
  readonly names: NameServices
  readonly https: HttpsServices
  readonly mdns: MdnsResponder
  readonly system: ResolverConfig
  readonly pkarr: PkarrServices
  readonly health: Health
}

/** Counters and listener states have no change events of their own. Milliseconds. */
const pollEveryMs = 1000

/** Ties every service's changes to the state that front ends see. */
export function createEngineState(
  env: Env,
  deps: StateDeps,
): Service & { readonly feed: StateFeed } {
  const { settings, keyring, relays, publisher, names, https, mdns, system, pkarr, health } = deps
  const startedAtMs = env.clock.nowMs()
  let subscriptions: Unsubscribe[] = []
  let lastPolled = ''

  const resolver = () => ({
    enabled: settings.get().resolver.enabled,
    listeners: names.server.listeners(),
    upstreams: names.server.upstreams(),
  })

  const feed = createStateFeed(
    env.clock,
    { version: deps.version, startedAtMs },
    {
      resolver,
      counters: () => names.server.counters(),
      relays: () => relays.health(),
      petnames: () =>
        names.petnames.list().map(({ label, owner }) => ({ label, npub: encodeNpub(owner) })),
      keyChanges: () =>
        names.nip05.changes().map(({ identifier, knownKey, newKey }) => ({
          identifier,
          knownNpub: encodeNpub(knownKey),
          newNpub: encodeNpub(newKey),
        })),
      publish: () => {
        const address = publisher.lastAddress()
        return {
          hosts: publisher.hosts(),
          running: publisher.running(),
          queued: publisher.queued(),
          ...(address === undefined ? {} : { address }),
        }
      },
      trust: () => https.trust.view(),
      certificates: () => https.table.list(),
      ownCertificates: () => https.own.list(),
      keys: () => ({
        identities: keyring.list(),
        vault: keyring.vault(),
        canUndoRemove: keyring.canUndoRemove(),
      }),
      system: () => system.view(),
      mdns: () => mdns.view(),
      pkarr: () => pkarr.view(),
      settings: () => settings.get(),
      health: () => health.list(),
    },
    names.table,
  )

  const watchUpstreams = (): void => {
    const asked = names.server.upstreams().filter(({ state }) => state !== 'unused')
    if (asked.length > 0 && asked.every(({ state }) => state === 'failing')) {
      health.raise('dns.upstreams-failing', 'warning', {
        code: 'dns.upstreams-failing',
        message: 'No upstream resolver answers, so ordinary names cannot be looked up.',
        hint: 'Check the connection to the network, or choose other upstreams in the settings.',
      })
    } else health.clear('dns.upstreams-failing')
  }

  const poll = (): void => {
    watchUpstreams()
    const counters = names.server.counters()
    const seen = JSON.stringify([counters, resolver()])
    if (seen !== lastPolled) {
      lastPolled = seen
      feed.touch('counters')
      feed.touch('resolver')
    }
  }

  return {
    feed,
    async start() {
      const everyName = (): void => {
        for (const { id } of names.table.list()) feed.touchName(id)
      }
      subscriptions = [
        settings.onChange(() => {
          feed.touch('settings')
          feed.touch('resolver')
        }),
        keyring.onChange(() => {
          feed.touch('keys')
          everyName()
        }),
        relays.onHealthChange(() => feed.touch('relays')),
        publisher.onChange(() => {
          feed.touch('publish')
          feed.touch('ownCertificates')
        }),
        https.trust.onChange(() => feed.touch('trust')),
        https.onCertificates(() => {
          feed.touch('certificates')
          feed.touch('trust')
        }),
        https.ownCertificates.onChange(() => feed.touch('ownCertificates')),
        publisher.onProgress(() => feed.touch('publish')),
        names.onPetnames(() => {
          feed.touch('petnames')
          everyName()
        }),
        pkarr.onChange(() => feed.touch('pkarr')),
        system.onChange(() => feed.touch('system')),
        mdns.onChange(() => feed.touch('mdns')),
        names.onRow((id) => feed.touchName(id)),
        health.onChange(() => {
          feed.touch('health')
          // A changed key is raised in health; the system has no event of its own for it.
          feed.touch('keyChanges')
        }),
        repeat(env.clock, pollEveryMs, poll),
        logEvents(env.log, { health, relays, publisher }),
      ]
    },
    async stop() {
      for (const unsubscribe of subscriptions.splice(0)) unsubscribe()
      feed.stop()
    },
  }
}
