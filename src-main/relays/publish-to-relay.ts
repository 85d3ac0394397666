import type { Event } from 'nostr-tools/pure'
import type { Clock } from '../env/env.ts'
import type { EventReply, RelayConnection } from './relay-connection.ts'
import type { PublishOutcome } from './relay-service.ts'

/** From the start of the attempt, connecting included. Milliseconds. */
const publishTimeoutMs = 5_000

/** Sends `event` to one relay and waits for its OK. Never rejects. */
export function publishTo(
  clock: Clock,
  connection: RelayConnection,
  event: Event,
  signal: AbortSignal,
): Promise<PublishOutcome> {
  const startedMs = clock.nowMs()
  const release = connection.hold()
  return new Promise((resolve) => {
    const finish = (outcome: PublishOutcome['outcome'], detail: string): void => {
      cancelTimer()
      signal.removeEventListener('abort', onAbort)
      release()
      const { url } = connection
      const elapsedMs = clock.nowMs() - startedMs
      resolve({ url, outcome, elapsedMs, ...(detail === '' ? {} : { detail }) })
    }
    const onAbort = (): void => finish('timeout', 'cancelled')
    const cancelTimer = clock.schedule(publishTimeoutMs, () =>
      finish('timeout', `no answer within ${publishTimeoutMs / 1000} seconds`),
    )
    const attempt = async (): Promise<EventReply> => {
      const failure = await connection.whenConnected()
      if (failure !== undefined) return { outcome: 'unreachable', detail: failure }
      return signal.aborted
        ? { outcome: 'unreachable', detail: 'cancelled' }
        : connection.sendEvent(event)
    }
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort)
    void attempt().then((reply) => finish(reply.outcome, reply.detail))
  })
}
