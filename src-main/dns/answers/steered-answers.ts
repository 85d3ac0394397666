import { unixSeconds, type Clock, type UnixSeconds } from '../../env/env.ts'
import type { Name } from '../../names/name.ts'
import { parseName } from '../../names/parse-name.ts'
import { labelsOf } from '../wire/domain-name.ts'
import { rcodes, type DnsName, type RecordType, type ResourceRecord } from '../wire/message.ts'
import { localSoa } from './local-zone.ts'
import type { ManagedAnswers } from './managed-answers.ts'
import type { Resolved } from './resolved.ts'

/** Where clients of one name are sent. */
export type Lead =
  /** To these addresses of this computer; a family that none of them has, has no address. */
  | {
      readonly kind: 'here'
      readonly addresses: readonly string[]
      readonly validUntil: UnixSeconds
    }
  /** To its own addresses; `validUntil` is set when that may be decided otherwise soon. */
  | { readonly kind: 'own'; readonly validUntil?: UnixSeconds }

/** Decides about the clients of `name`. Never rejects. */
export type Steering = (name: Name, signal: AbortSignal) => Promise<Lead>

/**
 * Seconds. Short: when the mode is switched off or a pin withdrawn, programs must not be left with
 * an address where nobody listens.
 */
export const steeredTtl = 15

export interface SteeredAnswersDeps {
  readonly clock: Clock
  /** The steering in force when an answer is ready; undefined for none. */
  readonly steering: () => Steering | undefined
}

/**
 * `managed`, with the addresses of steered names replaced by ours. Their HTTPS and SVCB records are
 * withheld, which clients take for there being none (RFC 9460 s.3): hints, another target or port, and
 * ECH would all lead past this computer. Names that do not exist or cannot be resolved stay so.
 */
export function createSteeredAnswers(
  managed: ManagedAnswers,
  { clock, steering }: SteeredAnswersDeps,
): ManagedAnswers {
  return {
    async resolve(qname, name, type, signal) {
      const resolved = await managed.resolve(qname, name, type, signal)
      const steer = steering()
      if (steer === undefined || resolved.rcode !== rcodes.NOERROR) return resolved
      const steered = steeredName(qname, name, type)
      if (steered?.kind !== 'nostr') return resolved
      const lead = await steer(steered, signal)
      if (lead.kind === 'here') return answerHere(resolved, qname, type, steered.apex, lead, clock)
      return lead.validUntil === undefined ? resolved : shortened(resolved, lead.validUntil)
    },
  }
}

/** The name whose server a question of `type` is about; undefined for types that lead nowhere. */
function steeredName(qname: DnsName, name: Name, type: RecordType): Name | undefined {
  if (type === 'A' || type === 'AAAA') return name
  if (type !== 'HTTPS' && type !== 'SVCB') return undefined
  // `_8443._https.NAME` speaks for NAME (RFC 9460 s.2.3, s.9.1).
  const labels = labelsOf(qname)
  const first = labels.findIndex((label) => !label.startsWith('_'))
  return first <= 0 ? name : parseName(labels.slice(first).join('.'))
}

function answerHere(
  resolved: Resolved,
  name: DnsName,
  type: RecordType,
  apex: DnsName,
  { addresses, validUntil }: Extract<Lead, { kind: 'here' }>,
  clock: Clock,
): Resolved {
  const answers = addresses.flatMap((address): ResourceRecord[] => {
    const isVersion6 = address.includes(':')
    if (type !== (isVersion6 ? 'AAAA' : 'A')) return []
    return [{ name, class: 1, ttl: steeredTtl, rdata: { type, address } }]
  })
  const { ede: _ede, ...rest } = resolved
  const end = Math.min(validUntil, unixSeconds(clock) + steeredTtl)
  return {
    ...rest,
    answers,
    authorities: answers.length > 0 ? [] : [localSoa(apex)],
    validUntil: Math.min(resolved.validUntil ?? end, end),
    steps: [
      ...resolved.steps,
      {
        source: 'local',
        name,
        type,
        rcode: rcodes.NOERROR,
        records: answers,
        note: 'led to this computer, where its server is judged first (transparent mode)',
      },
    ],
  }
}

function shortened(resolved: Resolved, validUntil: UnixSeconds): Resolved {
  return { ...resolved, validUntil: Math.min(resolved.validUntil ?? validUntil, validUntil) }
}
