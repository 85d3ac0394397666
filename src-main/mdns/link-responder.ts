/** The responder on one link: the names claimed there, and a channel for each address family. */
import { nameKey } from '../dns/wire/domain-name.ts'
import type { Env } from '../env/env.ts'
import type { Problem } from '../env/errors.ts'
import type { SetKey } from './answer-plan.ts'
import { openChannel, type Channel, type ChannelDeps } from './channel.ts'
import { hostRecords, nsecType, type HostRecords } from './host-records.ts'
import { canonicalAddress, type Link } from './links.ts'
import { goodbyeMessages, probeMessages } from './mdns-message.ts'
import { createNameClaims, type ClaimView } from './name-claims.ts'

export interface LinkResponderDeps extends Pick<
  ChannelDeps,
  'openSocket' | 'isOwnAddress' | 'onOwnQuery' | 'onResponse'
> {
  /** The same as `isOwnAddress`, asked of the system and not of memory. */
  readonly isOwnAddressNow: (address: string) => boolean
  readonly onChange: () => void
}

export interface LinkResponder {
  link(): Link
  /** Brings addresses and names up to date; `link` must still be the same network. */
  update(link: Link, names: readonly string[]): void
  /** Verifies all names anew. */
  restart(): void
  view(): readonly ClaimView[]
  /** Address families that do not work. */
  problems(): readonly Problem[]
  /** Whether any address family works. */
  isWorking(): boolean
  /** Says goodbye and closes the sockets. */
  stop(): Promise<void>
}

const families = [4, 6] as const
/** How long a socket that failed is left alone. Milliseconds. */
const retryMs = 30_000

interface OpenChannel {
  readonly channel: Channel
  /** What the socket was opened with: it sends from no other address. */
  readonly address: string
  readonly openedAtMs: number
}

export function createLinkResponder(
  env: Env,
  first: Link,
  names: readonly string[],
  deps: LinkResponderDeps,
): LinkResponder {
  let link = first
  const channels = new Map<4 | 6, OpenChannel>()
  const closing = new Set<Promise<void>>()

  const multicast = (messages: readonly Uint8Array[]): void => {
    for (const { channel } of channels.values()) channel.multicast(messages)
  }

  const claims = createNameClaims(env, {
    probe: (hosts) => multicast(probeMessages(hosts)),
    announce(hosts) {
      const keys = hosts.flatMap(addressKeys)
      for (const { channel } of channels.values()) channel.announce(keys)
    },
    goodbye(hosts) {
      multicast(goodbyeMessages(hosts))
      for (const { channel } of channels.values()) {
        for (const { name } of hosts) channel.forget(nameKey(name))
      }
    },
    isOurs({ rdata }, source) {
      // An address says whose record it is wherever it was heard: on another interface of ours, or
      // from another program of this computer. Of other records only the source can tell.
      const isAddress = rdata.type === 'A' || rdata.type === 'AAAA'
      const about = canonicalAddress(isAddress ? rdata.address : source)
      return about !== undefined && (deps.isOwnAddress(about) || deps.isOwnAddressNow(about))
    },
    onChange: deps.onChange,
  })

  const close = (family: 4 | 6): void => {
    const open = channels.get(family)
    if (open === undefined) return
    channels.delete(family)
    const closed = open.channel.close()
    closing.add(closed)
    void closed.finally(() => closing.delete(closed))
  }

  const isSound = ({ channel, address, openedAtMs }: OpenChannel): boolean => {
    const isDue = env.clock.nowMs() - openedAtMs >= retryMs
    if (channel.problem() !== undefined && isDue) return false
    return link.addresses.some((own) => own.address === address)
  }

  /** Says whether a family that had failed is tried again. */
  const refreshChannels = (): boolean => {
    let isRetry = false
    for (const family of families) {
      const held = channels.get(family)
      if (held !== undefined && isSound(held)) continue
      isRetry ||= held?.channel.problem() !== undefined
      close(family)
      const first = link.addresses.find((own) => own.family === family)
      if (first === undefined) continue
      const channel = openChannel(env, family, {
        ...deps,
        link: () => link,
        held: claims.held,
        onQuery: claims.heardProbe,
        onResponse(records, source) {
          claims.heardResponse(records, source)
          deps.onResponse(records, source)
        },
        onFailed: deps.onChange,
      })
      channels.set(family, { channel, address: first.address, openedAtMs: env.clock.nowMs() })
    }
    return isRetry
  }

  const refresh = (wanted: readonly string[]): void => {
    const isRetry = refreshChannels()
    claims.set(wanted.map((name) => hostRecords(name, link)))
    // What was verified without that family was not verified on it.
    if (isRetry) claims.restart()
  }
  refresh(names)

  return {
    link: () => link,
    update(after, wanted) {
      link = after
      refresh(wanted)
    },
    restart: claims.restart,
    view: claims.view,
    problems: () => [...channels.values()].flatMap(({ channel }) => channel.problem() ?? []),
    isWorking: () => [...channels.values()].some(({ channel }) => channel.problem() === undefined),
    async stop() {
      claims.stop()
      for (const family of families) close(family)
      await Promise.all(closing)
    },
  }
}

function addressKeys({ name, sets }: HostRecords): readonly SetKey[] {
  return [...sets.keys()]
    .filter((type) => type !== nsecType)
    .map((type) => ({ name: nameKey(name), type }))
}
