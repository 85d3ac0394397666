import { networkInterfaces } from 'node:os'
import type { MdnsView } from '../../src-preload/contract/system-model.ts'
import { nameKey } from '../dns/wire/domain-name.ts'
import type { Env, Unsubscribe } from '../env/env.ts'
import { repeat } from '../env/repeat.ts'
import { parseName } from '../names/parse-name.ts'
import { createAnswersForOthers } from './answers-for-others.ts'
import { createLinkResponder, type LinkResponder } from './link-responder.ts'
import { createLinkSockets, type OpenLinkSocket } from './link-socket.ts'
import {
  isSameLink,
  isSameNetwork,
  linksOf,
  ownAddressesOf,
  type Interfaces,
  type Link,
} from './links.ts'
import { mdnsView } from './mdns-view.ts'
import type { MdnsDeps, MdnsResponder } from './responder.ts'
import { createSteadyClock } from './steady-clock.ts'

/** How often interfaces are looked at. Milliseconds. */
const pollMs = 2000
/** A look this late means the computer slept, and may have woken elsewhere. Milliseconds. */
const sleptMs = 30_000

/** What a test replaces. */
export interface MdnsTransportOptions {
  readonly interfaces?: () => Interfaces
  readonly openSocket?: OpenLinkSocket
}

/**
 * The responder of `npub1….local` (RFC 6762). Never rejects and never throws for what the network or
 * the system does: where no socket can be had, the view says so and it is tried again.
 */
export function createMdnsResponder(
  { clock, ...rest }: Env,
  deps: MdnsDeps & MdnsTransportOptions,
): MdnsResponder {
  const env: Env = { ...rest, clock: createSteadyClock(clock) }
  const log = env.log.child('mdns')
  const listInterfaces = deps.interfaces ?? networkInterfaces
  const openSocket = deps.openSocket ?? createLinkSockets(log)
  const open = new Map<string, LinkResponder>()
  const closing = new Set<Promise<void>>()
  const listeners = new Set<() => void>()
  const subscriptions: Unsubscribe[] = []
  let own: ReadonlySet<string> = new Set()
  let names: readonly string[] = []
  let lastPollMs = 0
  let isRunning = false
  let shown = ''

  const isOn = (): boolean => {
    const { enabled, answerForOthers } = deps.settings()
    return isRunning && (enabled || answerForOthers)
  }

  const view = (): MdnsView => mdnsView(isOn(), names, [...open.values()])

  const changed = (): void => {
    const now = JSON.stringify(view())
    if (now === shown) return
    shown = now
    for (const listener of listeners) listener()
  }

  const others = createAnswersForOthers(env.clock, log, {
    lookup: deps.lookup,
    isOwnName: (key) => allOwnNames().includes(key),
  })

  /** In whatever state, announced or not: these are never looked up. */
  const allOwnNames = (): readonly string[] => namesOf(deps.ownNames())

  const isOwnAddress = (address: string): boolean => own.has(address)

  /** An address that is new since the last look must not pass for a rival's. */
  const isOwnAddressNow = (address: string): boolean => {
    own = ownAddressesOf(listInterfaces())
    return own.has(address)
  }

  const closeLink = (name: string): void => {
    const closed = open.get(name)?.stop()
    open.delete(name)
    if (closed === undefined) return
    closing.add(closed)
    void closed.finally(() => closing.delete(closed))
  }

  const openLink = (link: Link): void => {
    log.info('joining', { link: link.name })
    let reported = ''
    const responder: LinkResponder = createLinkResponder(env, link, names, {
      openSocket,
      isOwnAddress,
      isOwnAddressNow,
      onOwnQuery(query, asker, reply) {
        if (deps.settings().answerForOthers) others.heardOwnQuery(query, asker, reply)
      },
      onResponse: (records) => others.heardResponse(records),
      onChange() {
        const held = open.get(link.name)
        // Still being made, or leaving: `refresh` tells of the whole change.
        if (held === undefined) return
        const codes = held
          .problems()
          .map(({ code }) => code)
          .join(' ')
        if (codes !== '' && codes !== reported) log.warn('no socket', { link: link.name, codes })
        reported = codes
        changed()
      },
    })
    open.set(link.name, responder)
  }

  const refreshLink = (link: Link): void => {
    const held = open.get(link.name)
    if (held !== undefined && isSameNetwork(held.link(), link)) return held.update(link, names)
    closeLink(link.name)
    openLink(link)
  }

  /** Brings links, addresses and names in line with the settings and the system. */
  const refresh = (): void => {
    const interfaces = listInterfaces()
    own = ownAddressesOf(interfaces)
    names = isOn() && deps.settings().enabled ? allOwnNames() : []
    if (!deps.settings().answerForOthers) others.stop()
    const links = isOn() ? linksOf(interfaces) : []
    for (const name of [...open.keys()]) {
      if (!links.some((link) => link.name === name)) closeLink(name)
    }
    for (const link of links) refreshLink(link)
    changed()
  }

  const poll = (): void => {
    const now = env.clock.nowMs()
    const hasSlept = now - lastPollMs >= sleptMs
    lastPollMs = now
    if (!isOn()) return
    const links = linksOf(listInterfaces())
    const isSound = (link: Link): boolean => {
      const held = open.get(link.name)
      return held !== undefined && held.problems().length === 0 && isSameLink(held.link(), link)
    }
    if (links.length !== open.size || !links.every(isSound)) refresh()
    if (hasSlept) for (const responder of open.values()) responder.restart()
  }

  return {
    async start() {
      if (isRunning) return
      isRunning = true
      lastPollMs = env.clock.nowMs()
      subscriptions.push(
        deps.onSettings(refresh),
        deps.onOwnNames(refresh),
        repeat(env.clock, pollMs, poll),
      )
      refresh()
    },
    async stop() {
      isRunning = false
      for (const unsubscribe of subscriptions.splice(0)) unsubscribe()
      others.stop()
      for (const name of [...open.keys()]) closeLink(name)
      names = []
      await Promise.all(closing)
      changed()
    },
    view,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** `npub1….local` and the hosts below, lower-case; what is no such name is left out. */
function namesOf(own: ReturnType<MdnsDeps['ownNames']>): readonly string[] {
  const names = own.flatMap(({ npub, hosts }) => [
    `${npub}.local`,
    ...hosts.filter((host) => host !== '@').map((host) => `${host}.${npub}.local`),
  ])
  return [...new Set(names.map(nameKey))].filter((name) => {
    const parsed = parseName(name)
    return parsed.kind === 'mdns' && !parsed.host.includes('*')
  })
}
