import type { Env } from '../../env/env.ts'
import type { Carrier, CarrierEnd, CarrierQuery, PkarrKey, Sighting } from './carrier.ts'

/** After the first good packet slower carriers have this long to bring a newer one. Milliseconds. */
const drainMs = 1_000

export interface CarrierQuestion {
  readonly key: PkarrKey
  readonly policy: CarrierQuery['policy']
  readonly knownUs: bigint | undefined
  /** Whether every carrier is waited for, instead of a second after the first good packet. */
  readonly isThorough: boolean
  /** Called for each packet; says whether it is good enough to wait no longer for a better one. */
  readonly onPacket: (sighting: Sighting, carrier: Carrier) => boolean
  readonly signal: AbortSignal
}

export interface CarriersEnd {
  /** Nodes and relays that answered at all. */
  readonly answers: number
  /** Newest item that is signed by the key and is no packet, as DHT nodes showed it. */
  readonly invalidSeq: bigint | undefined
  /** What carriers that failed said, the most common first. */
  readonly problems: readonly string[]
}

/** Asks all `carriers` at once. Never rejects. */
export async function askCarriers(
  { clock }: Pick<Env, 'clock'>,
  carriers: readonly Carrier[],
  question: CarrierQuestion,
): Promise<CarriersEnd> {
  const enough = new AbortController()
  const stop = (): void => enough.abort()
  question.signal.addEventListener('abort', stop, { once: true })
  if (question.signal.aborted) stop()
  let cancelDrain: (() => void) | undefined

  const ask = (carrier: Carrier): Promise<CarrierEnd> =>
    carrier.resolve(question.key, {
      policy: question.policy,
      signal: enough.signal,
      ...(question.knownUs === undefined ? {} : { knownUs: question.knownUs }),
      onPacket(sighting) {
        const isGood = question.onPacket(sighting, carrier)
        if (isGood && !question.isThorough) cancelDrain ??= clock.schedule(drainMs, stop)
      },
    })

  try {
    const ends = await Promise.all(
      carriers.map(async (carrier) => ({ carrier, end: await ask(carrier) })),
    )
    return summary(ends)
  } finally {
    cancelDrain?.()
    question.signal.removeEventListener('abort', stop)
  }
}

function summary(
  ends: readonly { readonly carrier: Carrier; readonly end: CarrierEnd }[],
): CarriersEnd {
  let answers = 0
  let invalidSeq: bigint | undefined
  const problems: string[] = []
  for (const { carrier, end } of ends) {
    if (end.kind === 'failed') problems.push(end.problem)
    else {
      answers += end.answers
      // Nodes of the DHT prove it by the key's signature; a relay merely says so.
      const claimed = carrier.kind === 'dht' ? end.invalidSeq : undefined
      if (claimed !== undefined && (invalidSeq === undefined || claimed > invalidSeq)) {
        invalidSeq = claimed
      }
    }
  }
  return { answers, invalidSeq, problems: mostCommonFirst(problems) }
}

function mostCommonFirst(texts: readonly string[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return [...counts].toSorted(([, a], [, b]) => b - a).map(([text]) => text)
}
