/** Which records a query asks of us (RFC 6762 s.5.4, s.6, s.7.1). Pure. */
import { nameKey } from '../dns/wire/domain-name.ts'
import { classes } from '../dns/wire/message.ts'
import type { Message, Question, RecordType, ResourceRecord } from '../dns/wire/message.ts'
import {
  isSameRecord,
  nsecType,
  plainClass,
  topClassBit,
  type HostRecords,
} from './host-records.ts'
import type { Reply } from './mdns-message.ts'

/** Names verified as ours on a link, by `nameKey`. */
export type HeldNames = ReadonlyMap<string, HostRecords>

/** An RRset to be sent; it always travels whole (RFC 6762 s.10.2). */
export interface SetKey {
  /** `nameKey` of the owner name. */
  readonly name: string
  readonly type: RecordType
}

export interface WantedSet extends SetKey {
  /** The asker set the unicast-response bit (s.5.4). */
  readonly mayBeUnicast: boolean
  /** It answers a probe: somebody is about to take the name (s.8.1). */
  readonly isDefence: boolean
}

export interface AnswerPlan {
  readonly wanted: readonly WantedSet[]
  /** The questions that `wanted` answers. */
  readonly questions: readonly Question[]
}

/** What of `held` answers `query`, known answers left out. */
export function planAnswers(query: Message, held: HeldNames): AnswerPlan {
  const wanted = new Map<string, WantedSet>()
  const questions: Question[] = []
  for (const question of query.questions) {
    const host = hostAsked(question, held)
    if (host === undefined) continue
    questions.push(question)
    const name = nameKey(host.name)
    const isDefence = query.authorities.some((record) => nameKey(record.name) === name)
    const mayBeUnicast = (question.class & topClassBit) !== 0
    for (const type of typesAsked(question.type, host)) {
      if (isKnown(host.sets.get(type) ?? [], query.answers)) continue
      const key = `${name} ${type}`
      const earlier = wanted.get(key)
      wanted.set(key, {
        name,
        type,
        isDefence,
        // One asker wants it multicast: that serves both.
        mayBeUnicast: mayBeUnicast && earlier?.mayBeUnicast !== false,
      })
    }
  }
  return { wanted: [...wanted.values()], questions }
}

function hostAsked(question: Question, held: HeldNames): HostRecords | undefined {
  const asked = plainClass(question.class)
  if (asked !== classes.IN && asked !== classes.ANY) return undefined
  return held.get(nameKey(question.name))
}

/** ANY gets all there is; a type without records gets the NSEC that says so (RFC 6762 s.6.1). */
function typesAsked(type: RecordType, { sets }: HostRecords): readonly RecordType[] {
  if (type === 'ANY') return [...sets.keys()].filter((present) => present !== nsecType)
  return [sets.has(type) ? type : nsecType]
}

/** RFC 6762 s.7.1: the asker has every record of the set, with half its life ahead or more. */
function isKnown(set: readonly ResourceRecord[], known: readonly ResourceRecord[]): boolean {
  return set.every((record) =>
    known.some((other) => other.ttl * 2 >= record.ttl && isSameRecord(record, other)),
  )
}

/** The records of `keys`; nothing for names no longer held. */
export function recordsOf(keys: readonly SetKey[], held: HeldNames): readonly ResourceRecord[] {
  return keys.flatMap(({ name, type }) => held.get(name)?.sets.get(type) ?? [])
}

/**
 * What askers of one address family want to know next, for the additional section: the addresses of
 * the other family, or that there are none (RFC 6762 s.6.2).
 */
export function companionsOf(keys: readonly SetKey[], held: HeldNames): readonly SetKey[] {
  const isAnswered = (name: string, type: RecordType): boolean =>
    keys.some((key) => key.name === name && key.type === type)
  return [...new Set(keys.map(({ name }) => name))].flatMap((name) => {
    const sets = held.get(name)?.sets
    const families = (['A', 'AAAA'] as const).filter((type) => sets?.has(type))
    const asksAddresses = families.some((type) => isAnswered(name, type))
    if (sets === undefined || !asksAddresses) return []
    const types: readonly RecordType[] = families.length === 2 ? families : [nsecType]
    return types.filter((type) => !isAnswered(name, type)).map((type) => ({ name, type }))
  })
}

/** A legacy asker reads "no such record" from an empty answer section, not from an NSEC in it. */
export function legacyReply({ answers, additionals }: Reply): Reply {
  const isDenial = ({ rdata }: ResourceRecord): boolean => rdata.type === nsecType
  return {
    answers: answers.filter((record) => !isDenial(record)),
    additionals: [...answers.filter(isDenial), ...additionals],
  }
}

/** How long to wait before an answer (RFC 6762 s.6, s.6.3, s.7.2). Milliseconds. */
export interface Delay {
  readonly least: number
  readonly most: number
}

export function answerDelay(query: Message, isDefence: boolean): Delay {
  if (isDefence) return { least: 0, most: 0 }
  if (query.truncated) return { least: 400, most: 500 }
  // One question whose answer only we can have needs no delay; others may answer the rest of many.
  return query.questions.length > 1 ? { least: 20, most: 120 } : { least: 0, most: 0 }
}
