import { type Env, unixSeconds } from '../../env/env.ts'
import { type Result, fail, ok } from '../../env/errors.ts'
import type { Health } from '../../env/health.ts'
import type { Service } from '../../env/service.ts'
import { type DnsName, type ExtendedError, extendedErrors } from '../../dns/wire/message.ts'
import type { Name, OwnerKey, PubkeyHex } from '../../names/name.ts'
import { encodeNpub, shortNpub } from '../../names/npub.ts'
import { byNewest } from '../../relays/event-address.ts'
import type { RelayService } from '../../relays/relay-service.ts'
import type { NameSystem, Provenance, Resolution } from '../name-system.ts'
import { kinds } from '../nostr/kinds.ts'
import { negativeTtl, soaFor } from '../soa.ts'
import type { HttpsGet } from './https-get.ts'
import type { KeyPins } from './key-pins.ts'
import { type Voucher, profileNames, readWellKnown, wellKnownUrl } from './well-known.ts'

/** A domain now names another key than before; nothing is answered until the user decides. */
export interface KeyChange {
  /** `bob@example.com`. */
  readonly identifier: string
  readonly knownKey: PubkeyHex
  readonly newKey: PubkeyHex
}

export interface Nip05Deps {
  readonly get: HttpsGet
  readonly relays: RelayService
  readonly pins: KeyPins
  readonly health: Health
  isEnabled(): boolean
  /** Told where the domain says the key's events are. */
  addHints(owner: PubkeyHex, urls: readonly string[]): void
}

/** Names a domain vouches for, `bob._at.example.com.nostr`: an alias to the npub it names. */
export interface Nip05System extends NameSystem, Service {
  /** Changes of key that wait for the user. */
  changes(): readonly KeyChange[]
  /** From now on the new key of `identifier` is the right one. */
  acceptChange(identifier: string): Promise<Result<void>>
}

type Nip05Name = Extract<Name, { kind: 'nip05' }>

type Finding =
  | { readonly kind: 'found'; readonly pubkey: PubkeyHex }
  | { readonly kind: 'denied' }
  | { readonly kind: 'failed'; readonly ede: ExtendedError }

const aliasTtl = 300
const fetchWithinMs = 3_000
const maxRemembered = 500
const rememberMs: Readonly<Record<Finding['kind'], number>> = {
  found: aliasTtl * 1000,
  denied: negativeTtl * 1000,
  failed: 5_000,
}

export function createNip05System(env: Env, deps: Nip05Deps): Nip05System {
  const { get, relays, pins, health } = deps
  const remembered = new Map<string, { readonly finding: Finding; readonly untilMs: number }>()
  const running = new Map<string, Promise<Finding>>()
  const changes = new Map<string, KeyChange>()
  const listeners = new Set<(owner: OwnerKey) => void>()
  let stopping = new AbortController()

  const remember = (identifier: string, finding: Finding): void => {
    remembered.delete(identifier)
    const untilMs = env.clock.nowMs() + rememberMs[finding.kind]
    remembered.set(identifier, { finding, untilMs })
    for (const oldest of remembered.keys()) {
      if (remembered.size <= maxRemembered) break
      remembered.delete(oldest)
    }
  }

  const find = (name: Nip05Name): Promise<Finding> => {
    const identifier = identifierOf(name)
    const known = remembered.get(identifier)
    if (known !== undefined && known.untilMs > env.clock.nowMs()) {
      return Promise.resolve(known.finding)
    }
    const search =
      running.get(identifier) ??
      ask(name)
        .then((finding) => {
          remember(identifier, finding)
          return finding
        })
        .finally(() => running.delete(identifier))
    running.set(identifier, search)
    return search
  }

  const ask = async ({ local, domain }: Nip05Name): Promise<Finding> => {
    const reply = await withDeadline((signal) => get(wellKnownUrl(local, domain), signal))
    if (!reply.ok) return failed(extendedErrors.networkError, `${domain}: ${reply.error.message}`)
    const { status, body } = reply.value
    if (status === 404) return { kind: 'denied' }
    if (status !== 200) {
      const text = `${domain} answered with status ${status}; redirects are not followed (NIP-05)`
      return failed(extendedErrors.networkError, text)
    }
    const reading = readWellKnown(body, local)
    if (reading.kind === 'unknown') return { kind: 'denied' }
    if (reading.kind === 'malformed') {
      return failed(extendedErrors.invalidData, `${domain} has no readable nostr.json`)
    }
    return check(`${local}@${domain}`, domain, reading.voucher)
  }

  const check = async (identifier: string, domain: string, voucher: Voucher): Promise<Finding> => {
    const { pubkey } = voucher
    const knownKey = pins.find(identifier)
    if (knownKey !== undefined && knownKey !== pubkey) {
      return refuseChange({ identifier, knownKey, newKey: pubkey }, domain)
    }
    settle(identifier)
    deps.addHints(pubkey, voucher.relays)
    const profile = await confirmProfile(identifier, voucher)
    if (profile !== undefined) return profile
    if (knownKey === undefined) {
      const pinned = await pins.set(identifier, pubkey)
      if (!pinned.ok) return failed(extendedErrors.other, pinned.error.message)
    }
    return { kind: 'found', pubkey }
  }

  /** A domain alone could claim anybody: the key must name the identifier in its profile, too. */
  const confirmProfile = async (
    identifier: string,
    { pubkey, relays: hints }: Voucher,
  ): Promise<Finding | undefined> => {
    const { events } = await relays.fetchOwner({
      owner: pubkey,
      filters: [{ kinds: [kinds.profile], authors: [pubkey], limit: 1 }],
      isDecisive: (event) => event.kind === kinds.profile,
      hints,
      signal: stopping.signal,
    })
    const [newest] = events
      .map(({ event }) => event)
      .filter((event) => event.kind === kinds.profile && event.pubkey === pubkey)
      .toSorted(byNewest)
    const npub = shortNpub(encodeNpub(pubkey))
    if (newest === undefined) {
      return failed(extendedErrors.noReachableAuthority, `the profile of ${npub} was not found`)
    }
    if (profileNames(newest.content, identifier)) return undefined
    return failed(extendedErrors.invalidData, `the profile of ${npub} does not name ${identifier}`)
  }

  const refuseChange = (change: KeyChange, domain: string): Finding => {
    const { identifier, knownKey, newKey } = change
    changes.set(identifier, change)
    const keysText = `${shortNpub(encodeNpub(newKey))} instead of ${shortNpub(encodeNpub(knownKey))}`
    health.raise(healthKey(identifier), 'warning', {
      code: 'nip05.key-changed',
      message: `${domain} now names ${keysText} for ${identifier}.`,
      hint: 'Accept the new key only if you know that its owner changed it.',
    })
    return failed(extendedErrors.blocked, `${domain} names another key than before: ${keysText}`)
  }

  const settle = (identifier: string): void => {
    if (changes.delete(identifier)) health.clear(healthKey(identifier))
  }

  const withDeadline = async <T>(task: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    const deadline = new AbortController()
    const abort = (): void => deadline.abort(new Error('no answer in time'))
    const cancelTimer = env.clock.schedule(fetchWithinMs, abort)
    stopping.signal.addEventListener('abort', abort)
    try {
      return await task(deadline.signal)
    } finally {
      cancelTimer()
      stopping.signal.removeEventListener('abort', abort)
    }
  }

  return {
    id: 'nip05',
    suffixes: ['nostr'],
    claims: (name) => name.kind === 'nip05',
    async lookup(name, qname, _type, signal) {
      if (name.kind !== 'nip05') throw new TypeError(`not a NIP-05 name: ${name.kind}`)
      if (!deps.isEnabled()) return switchedOff(env, name)
      const finding = await untilAborted(find(name), signal)
      return toResolution(env, name, qname, finding)
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    start() {
      stopping = new AbortController()
      return pins.start()
    },
    async stop() {
      stopping.abort()
      await Promise.allSettled(running.values())
      await pins.stop()
    },
    changes: () => [...changes.values()],
    async acceptChange(identifier) {
      const change = changes.get(identifier)
      if (change === undefined) {
        return fail('nip05.no-change', `No change of key of “${identifier}” is waiting.`)
      }
      const pinned = await pins.set(identifier, change.newKey)
      if (!pinned.ok) return pinned
      settle(identifier)
      remembered.delete(identifier)
      for (const listener of listeners) listener(nip05Key(identifier))
      return ok(undefined)
    },
  }
}

function failed(code: number, text: string): Finding {
  return { kind: 'failed', ede: { code, text } }
}

function identifierOf({ local, domain }: Nip05Name): string {
  return `${local}@${domain}`
}

function nip05Key(identifier: string): OwnerKey {
  return `nip05:${identifier}`
}

function healthKey(identifier: string): string {
  return `nip05.key:${identifier}`
}

function untilAborted(search: Promise<Finding>, signal: AbortSignal): Promise<Finding> {
  return new Promise((done, reject) => {
    const giveUp = (): void => done(failed(extendedErrors.networkError, 'no answer in time'))
    signal.addEventListener('abort', giveUp, { once: true })
    if (signal.aborted) giveUp()
    search.finally(() => signal.removeEventListener('abort', giveUp)).then(done, reject)
  })
}

function provenanceOf(env: Env, name: Nip05Name, pubkey?: PubkeyHex): Provenance {
  return {
    system: 'nip05',
    format: 'nip05',
    owner: nip05Key(identifierOf(name)),
    eventIds: [],
    signer: pubkey === undefined ? '' : encodeNpub(pubkey),
    sources: [`https://${name.domain}`],
    seenAtMs: env.clock.nowMs(),
    verifiedBy: pubkey === undefined ? `denied by ${name.domain}` : `vouched by ${name.domain}`,
  }
}

function switchedOff(env: Env, name: Nip05Name): Resolution {
  return {
    ...denied(env, name),
    ede: {
      code: extendedErrors.notSupported,
      text: 'names vouched for by domains (NIP-05) are switched off in the settings',
    },
  }
}

function denied(env: Env, name: Nip05Name): Extract<Resolution, { kind: 'nodata' | 'nxdomain' }> {
  const now = unixSeconds(env.clock)
  return {
    kind: 'nxdomain',
    soa: soaFor('nostr', now),
    validUntil: now + negativeTtl,
    provenance: provenanceOf(env, name),
  }
}

function toResolution(env: Env, name: Nip05Name, qname: DnsName, finding: Finding): Resolution {
  if (finding.kind === 'denied') return denied(env, name)
  if (finding.kind === 'failed') return { kind: 'failure', ede: finding.ede }
  const target = `${encodeNpub(finding.pubkey)}.nostr`
  return {
    kind: 'alias',
    rrset: [{ name: qname, class: 1, ttl: aliasTtl, rdata: { type: 'CNAME', target } }],
    target,
    validUntil: unixSeconds(env.clock) + aliasTtl,
    provenance: provenanceOf(env, name, finding.pubkey),
  }
}
