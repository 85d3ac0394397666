/** Queries whose known answers arrive in several packets (RFC 6762 s.7.2). */
import type { Message } from '../dns/wire/message.ts'
import type { Clock, Unsubscribe } from '../env/env.ts'
import type { Endpoint } from './link-socket.ts'

const mostAskers = 32
/** More packets than this from one asker are no list of what it knows but a nuisance. */
const mostPackets = 16

export interface TruncatedQueries {
  /**
   * Takes `query` from `asker` when more of it is to come, or when it is more of one taken before;
   * says whether it did. `delayMs` is drawn anew for each packet that promises another.
   */
  take(query: Message, asker: Endpoint, delayMs: () => number): boolean
  stop(): void
}

interface Waiting {
  query: Message
  packets: number
  cancel: Unsubscribe
}

/** `complete` gets each query once, with all known answers. */
export function createTruncatedQueries(
  clock: Clock,
  complete: (query: Message, asker: Endpoint) => void,
): TruncatedQueries {
  const waiting = new Map<string, Waiting>()

  const finish = (key: string, asker: Endpoint): void => {
    const query = waiting.get(key)?.query
    waiting.delete(key)
    if (query !== undefined) complete(query, asker)
  }

  return {
    take(query, asker, delayMs) {
      const key = `${asker.address} ${asker.port}`
      const schedule = (): Unsubscribe => clock.schedule(delayMs(), () => finish(key, asker))
      const held = waiting.get(key)
      if (held === undefined) {
        if (!query.truncated || waiting.size >= mostAskers) return false
        waiting.set(key, { query, packets: 1, cancel: schedule() })
        return true
      }
      if (query.questions.length > 0 && !query.truncated) return false
      if (held.packets >= mostPackets) return true
      held.packets += 1
      held.query = {
        ...held.query,
        questions: [...held.query.questions, ...query.questions],
        answers: [...held.query.answers, ...query.answers],
      }
      if (query.truncated) {
        held.cancel()
        held.cancel = schedule()
      }
      return true
    },
    stop() {
      for (const { cancel } of waiting.values()) cancel()
      waiting.clear()
    },
  }
}
