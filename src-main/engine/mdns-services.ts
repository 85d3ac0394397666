import type { Env } from '../env/env.ts'
import type { Health } from '../env/health.ts'
import type { Keyring } from '../keys/keyring.ts'
import { createMdnsResponder } from '../mdns/multicast-responder.ts'
import type { MdnsResponder } from '../mdns/responder.ts'
import { encodeNpub } from '../names/npub.ts'
import type { PublishedHost, Publisher } from '../publish/publisher.ts'
import type { NameServices } from './name-services.ts'
import type { RunSettings } from './run-settings.ts'

interface MdnsServiceDeps {
  readonly settings: RunSettings
  readonly keyring: Pick<Keyring, 'list' | 'onChange'>
  readonly publisher: Pick<Publisher, 'hosts' | 'onChange'>
  readonly names: Pick<NameServices, 'explain'>
  readonly health: Health
}

/** `npub1….local` of the user's own identities and of the hosts they publish. */
export function createMdnsServices(env: Env, deps: MdnsServiceDeps): MdnsResponder {
  const { settings, keyring, publisher, names, health } = deps
  const responder = createMdnsResponder(env, {
    settings: () => settings.get().mdns,
    onSettings: settings.onChange,
    ownNames: () =>
      keyring.list().map(({ npub, pubkey }) => ({
        npub,
        hosts: publisher
          .hosts()
          .filter((entry) => entry.pubkey === pubkey && isThisComputer(entry))
          .map(({ host }) => host),
      })),
    onOwnNames(listener) {
      const subscriptions = [keyring.onChange(listener), publisher.onChange(listener)]
      return () => {
        for (const unsubscribe of subscriptions) unsubscribe()
      }
    },
    async lookup(owner, host, family, signal) {
      const type = family === 4 ? 'A' : 'AAAA'
      const apex = `${encodeNpub(owner)}.nostr`
      const report = await names.explain(host === '@' ? apex : `${host}.${apex}`, type)
      if (signal.aborted || report.rcode !== 'NOERROR') return undefined
      const addresses = report.answers.flatMap(({ type: found, rdata, ttl }) =>
        found === type ? [{ address: rdata, ttl }] : [],
      )
      return addresses.length > 0 ? addresses : undefined
    },
  })
  responder.onChange(() => {
    const { problem } = responder.view()
    if (problem === undefined) health.clear('mdns')
    else health.raise('mdns', 'warning', problem)
  })
  return responder
}

/**
 * Hosts that follow this computer's address are this computer; others are elsewhere, and a wildcard
 * has no name of its own to announce.
 */
function isThisComputer({ host, followsAddress, isWithdrawn }: PublishedHost): boolean {
  return followsAddress && !isWithdrawn && host !== '@' && !host.startsWith('*')
}
