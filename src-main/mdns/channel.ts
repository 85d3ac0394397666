/** One address family on one link: hears datagrams, answers what the held names allow. */
import type { Message, ResourceRecord } from '../dns/wire/message.ts'
import type { Env } from '../env/env.ts'
import type { Problem } from '../env/errors.ts'
import {
  answerDelay,
  companionsOf,
  legacyReply,
  planAnswers,
  recordsOf,
  type HeldNames,
  type SetKey,
} from './answer-plan.ts'
import type { Asker } from './answers-for-others.ts'
import { createDuplicateFilter } from './duplicate-filter.ts'
import { hostTtl } from './host-records.ts'
import type { Endpoint, OpenLinkSocket } from './link-socket.ts'
import { canonicalAddress, isOnLink, type Link } from './links.ts'
import {
  legacyMessage,
  mdnsPort,
  readMessage,
  responseMessages,
  type Reply,
} from './mdns-message.ts'
import { createMulticastOutbox, multicastGapMs } from './multicast-outbox.ts'
import { randomDelayMs } from './random-delay.ts'
import { createTruncatedQueries } from './truncated-queries.ts'

/** RFC 6762 s.5.4: neighbours know what was multicast within a quarter of its life. */
const knownForMs = (hostTtl / 4) * 1000

export interface ChannelDeps {
  readonly openSocket: OpenLinkSocket
  readonly link: () => Link
  readonly held: () => HeldNames
  /** Whether `address` (canonical, without zone) is one of this computer's. */
  readonly isOwnAddress: (address: string) => boolean
  readonly onResponse: (records: readonly ResourceRecord[], source: string) => void
  /** Any query of a program that speaks mDNS, which may be a probe. */
  readonly onQuery: (query: Message, source: string) => void
  /** A question of this computer itself; `reply` goes to the asking program alone. */
  readonly onOwnQuery: (query: Message, asker: Asker, reply: (bytes: Uint8Array) => void) => void
  readonly onFailed: () => void
}

export interface Channel {
  /** To every neighbour, at once. */
  multicast(messages: readonly Uint8Array[]): void
  /** Multicasts `keys` as soon as the rate limit allows. */
  announce(keys: readonly SetKey[]): void
  /** `name` is held no longer. */
  forget(name: string): void
  problem(): Problem | undefined
  /** Resolves once what was handed over has left. */
  close(): Promise<void>
}

export function openChannel(env: Env, family: 4 | 6, deps: ChannelDeps): Channel {
  let problem: Problem | undefined
  let isClosed = false

  const replyWith = (keys: readonly SetKey[], additional: readonly SetKey[]): Reply => {
    const held = deps.held()
    return { answers: recordsOf(keys, held), additionals: recordsOf(additional, held) }
  }

  /** One reply for each name, for packets to be made of. */
  const repliesWith = (keys: readonly SetKey[], additional: readonly SetKey[]): readonly Reply[] =>
    [...new Set(keys.map(({ name }) => name))]
      .map((name) => {
        const isOfName = (key: SetKey): boolean => key.name === name
        return replyWith(keys.filter(isOfName), additional.filter(isOfName))
      })
      .filter(({ answers }) => answers.length > 0)

  const answer = (query: Message, asker: Endpoint): void => {
    if (isClosed) return
    const held = deps.held()
    const { wanted, questions } = planAnswers(query, held)
    if (wanted.length === 0) return
    if (asker.port !== mdnsPort) {
      const reply = legacyReply(replyWith(wanted, companionsOf(wanted, held)))
      return socket.unicast(legacyMessage(query, questions, reply), asker)
    }
    const direct = wanted.filter((key) => key.mayBeUnicast && outbox.sinceSent(key) <= knownForMs)
    if (direct.length > 0) {
      const replies = repliesWith(direct, companionsOf(direct, held))
      for (const bytes of responseMessages(replies, query.id)) socket.unicast(bytes, asker)
    }
    const others = wanted.filter((key) => !direct.includes(key))
    const isDefence = others.some((key) => key.isDefence)
    outbox.add(others, isDefence ? multicastGapMs.defence : multicastGapMs.usual)
  }

  const heardWholeQuery = (query: Message, asker: Endpoint): void => {
    const address = canonicalAddress(asker.address)
    if (address !== undefined && deps.isOwnAddress(address)) {
      deps.onOwnQuery(query, { address, port: asker.port }, (bytes) => {
        if (!isClosed) socket.unicast(bytes, asker)
      })
    }
  }

  const truncated = createTruncatedQueries(env.clock, (query, asker) => {
    heardWholeQuery(query, asker)
    answer(query, asker)
  })

  const heardQuery = (query: Message, asker: Endpoint): void => {
    const isLegacy = asker.port !== mdnsPort
    if (!isLegacy) deps.onQuery(query, asker.address)
    const { wanted } = planAnswers(query, deps.held())
    const isDefence = wanted.some((key) => key.isDefence)
    const { least, most } = answerDelay(query, isLegacy || isDefence)
    const delayMs = (): number => randomDelayMs(env.random, least, most)
    if (!isLegacy && truncated.take(query, asker, delayMs)) return
    heardWholeQuery(query, asker)
    if (wanted.length === 0) return
    if (most === 0) answer(query, asker)
    else env.clock.schedule(delayMs(), () => answer(query, asker))
  }

  const socket = deps.openSocket(deps.link(), family, {
    onFailed(reason) {
      problem = reason
      deps.onFailed()
    },
    onMessage(bytes, source) {
      if (isClosed || source.port === 0 || !isOnLink(deps.link(), source.address)) return
      if (isDuplicate(bytes, source.address, source.port)) return
      const message = readMessage(bytes)
      if (message === undefined) return
      if (!message.isResponse) return heardQuery(message, source)
      // RFC 6762 s.6: only port 5353 speaks for the link. The questions in it are nobody's (s.6).
      if (source.port !== mdnsPort) return
      const { answers, authorities, additionals } = message
      deps.onResponse([...answers, ...authorities, ...additionals], source.address)
    },
  })
  const isDuplicate = createDuplicateFilter(env.clock)
  const outbox = createMulticastOutbox(env.clock, {
    companions: (keys) => companionsOf(keys, deps.held()),
    send: (keys, additional) => multicast(responseMessages(repliesWith(keys, additional))),
  })
  const multicast = (messages: readonly Uint8Array[]): void => {
    for (const bytes of messages) socket.multicast(bytes)
  }

  return {
    multicast,
    announce: (keys) => outbox.add(keys, multicastGapMs.usual),
    forget: (name) => outbox.forget(name),
    problem: () => problem,
    async close() {
      isClosed = true
      truncated.stop()
      outbox.stop()
      await socket.close()
    },
  }
}
