/**
 * Answers this computer, and nobody else, for `npub1….local` of other people from what they
 * published, as the original proof of concept did. `.local` belongs to the link (RFC 6762 s.3), so
 * whoever announces a name there goes first, and what is said here never leaves the computer: it is
 * not ours to multicast.
 */
import { nameKey } from '../dns/wire/domain-name.ts'
import { classes } from '../dns/wire/message.ts'
import type { Message, Question, ResourceRecord } from '../dns/wire/message.ts'
import type { Clock, Unsubscribe } from '../env/env.ts'
import type { Logger } from '../env/logger.ts'
import { parseName } from '../names/parse-name.ts'
import { hostTtl, isSameRecord, plainClass } from './host-records.ts'
import { legacyMessage, mdnsPort, responseMessages } from './mdns-message.ts'
import type { MdnsDeps } from './responder.ts'

/** How long the owner's own device has to answer before we do. Milliseconds. */
const headStartMs = 200
/** No asker waits longer. Milliseconds. */
const patienceMs = 5000
const mostLookups = 64
const mostHeardNames = 1000
/** Seconds; the longest TTL RFC 6762 s.10 knows. */
const longestHeard = 4500

export interface Asker {
  readonly address: string
  readonly port: number
}

export interface AnswersForOthersDeps {
  readonly lookup: MdnsDeps['lookup']
  /** Whether the name (as `nameKey`) is one of the user's own, in whatever state. */
  readonly isOwnName: (key: string) => boolean
}

export interface AnswersForOthers {
  /** `query` came from this very computer; `reply` reaches only the program that asked. */
  heardOwnQuery(query: Message, asker: Asker, reply: (bytes: Uint8Array) => void): void
  /** Somebody on the link speaks for these names: then we do not. */
  heardResponse(records: readonly ResourceRecord[]): void
  stop(): void
}

interface Wish {
  readonly question: Question
  readonly type: 'A' | 'AAAA'
  readonly owner: string
  readonly host: string
}

export function createAnswersForOthers(
  clock: Clock,
  log: Logger,
  deps: AnswersForOthersDeps,
): AnswersForOthers {
  /** Names spoken for on the link, until when (milliseconds). */
  const heard = new Map<string, number>()
  const pending = new Map<string, AbortController>()

  const isSpokenFor = (name: string): boolean =>
    (heard.get(nameKey(name)) ?? -Infinity) > clock.nowMs()

  const wishOf = (question: Question): Wish | undefined => {
    const { type } = question
    if ((type !== 'A' && type !== 'AAAA') || plainClass(question.class) !== classes.IN) return
    const name = parseName(question.name)
    if (name.kind !== 'mdns' || deps.isOwnName(nameKey(question.name))) return
    return { question, type, owner: name.owner, host: name.host }
  }

  const answersTo = async (
    { question, type, owner, host }: Wish,
    known: readonly ResourceRecord[],
    signal: AbortSignal,
  ): Promise<readonly ResourceRecord[]> => {
    const found = await deps.lookup(owner, host, type === 'A' ? 4 : 6, signal)
    const records = (found ?? []).map(
      // No cache-flush bit: the name is not ours.
      ({ address, ttl }): ResourceRecord => ({
        name: question.name,
        class: classes.IN,
        ttl: Math.max(1, Math.min(Math.floor(ttl), hostTtl)),
        rdata: { type, address },
      }),
    )
    const isKnown = (record: ResourceRecord): boolean =>
      known.some((other) => other.ttl * 2 >= record.ttl && isSameRecord(record, other))
    return records.every(isKnown) ? [] : records
  }

  const serve = async (
    query: Message,
    wishes: readonly Wish[],
    asker: Asker,
    signal: AbortSignal,
  ): Promise<readonly Uint8Array[]> => {
    const headStart = pause(clock, headStartMs, signal)
    const found = await Promise.all(
      wishes.map(async (wish) => ({ wish, records: await answersTo(wish, query.answers, signal) })),
    )
    await headStart
    const served = found.filter(
      ({ wish, records }) => records.length > 0 && !isSpokenFor(wish.question.name),
    )
    if (signal.aborted || served.length === 0) return []
    const questions = served.map(({ wish }) => wish.question)
    const reply = { answers: served.flatMap(({ records }) => records), additionals: [] }
    return asker.port === mdnsPort
      ? responseMessages([reply], query.id)
      : [legacyMessage(query, questions, reply)]
  }

  return {
    heardOwnQuery(query, asker, reply) {
      // A probe: somebody on this computer is about to claim a name, which is no wish to know it.
      if (query.authorities.length > 0) return
      const wishes = query.questions
        .flatMap((question) => wishOf(question) ?? [])
        .filter(({ question }) => !isSpokenFor(question.name))
      if (wishes.length === 0 || pending.size >= mostLookups) return
      const key = [
        asker.address,
        asker.port,
        ...wishes.map(({ question, type }) => `${nameKey(question.name)} ${type}`),
      ].join(' ')
      // Asked again while we look: one answer will do.
      if (pending.has(key)) return
      const abort = new AbortController()
      pending.set(key, abort)
      const cancel = clock.schedule(patienceMs, () => abort.abort())
      serve(query, wishes, asker, abort.signal)
        .then((messages) => {
          for (const bytes of messages) reply(bytes)
        })
        .catch((error: unknown) => {
          if (!abort.signal.aborted) log.warn('look-up failed', { error })
        })
        .finally(() => {
          cancel()
          pending.delete(key)
        })
    },
    heardResponse(records) {
      const now = clock.nowMs()
      for (const { name, ttl } of records) {
        const key = nameKey(name)
        if (!/(?:^|\.)npub1[^.]*\.local$/.test(key)) continue
        heard.delete(key)
        if (ttl === 0) continue
        heard.set(key, now + Math.min(ttl, longestHeard) * 1000)
        const [oldest] = heard.keys()
        if (heard.size > mostHeardNames && oldest !== undefined) heard.delete(oldest)
      }
    },
    stop() {
      for (const abort of pending.values()) abort.abort()
      pending.clear()
      heard.clear()
    },
  }
}

/** Resolves after `delayMs`, or at once when `signal` says so. */
async function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  let cancel: Unsubscribe | undefined
  await new Promise<void>((resolve) => {
    cancel = clock.schedule(delayMs, resolve)
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  cancel?.()
}
