import { unixSeconds, type Clock } from '../../env/env.ts'
import type { PinDecision } from '../pin-policy.ts'
import { judge } from '../pins/judge.ts'
import type { LiveConnection } from './live-connections.ts'

/**
 * Why `connection` may not go on under `decision`; undefined when it may. Not being able to check is
 * no reason: the connection still ends when what allowed it runs out.
 */
export function revocationReason(
  connection: LiveConnection,
  decision: PinDecision,
  clock: Clock,
): string | undefined {
  switch (decision.kind) {
    case 'pinned': {
      const { served, target } = connection
      const judgement = judge(decision.pins, served, target.domain, unixSeconds(clock))
      return judgement.ok ? undefined : 'its owner no longer vouches for this certificate'
    }
    case 'no-certificate':
      // The Nostr key itself needs no word of its owner, and has no other end than its dates.
      if (connection.pin.format === 'nostr-key') return undefined
      return 'its owner no longer vouches for any certificate'
    case 'expired':
      return 'what its owner announced has expired'
    case 'cannot-check':
      return undefined
  }
}
