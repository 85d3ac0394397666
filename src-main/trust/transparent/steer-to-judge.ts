import { unixSeconds, type Clock } from '../../env/env.ts'
import type { Lead, Steering } from '../../dns/answers/steered-answers.ts'
import type { PinDecision, PinnedName } from '../pin-policy.ts'
import type { PinPolicyService } from '../pins/pin-policy-service.ts'

export interface SteerDeps {
  readonly clock: Clock
  readonly pins: Pick<PinPolicyService, 'decide' | 'lastDecision' | 'wasEverPinned'>
  /** Addresses of this computer where the judge listens. */
  readonly addresses: readonly string[]
}

const httpsPort = 443
/**
 * Time for a decision, after the address was looked up: a DNS client waits for it. What was decided
 * last counts after that. Milliseconds.
 */
const decideWithinMs = 1_000
/** What rests on not knowing is asked again after this time. Seconds. */
const unknownSeconds = 5

/**
 * Leads clients of names whose owner vouches for a certificate to the judge. Also of names whose pins
 * ran out, were withdrawn, or cannot be checked now but were there before: the judge then shows why,
 * where the way to the server would end in plain http, which is never right for a name that had a pin
 * (specs: tls-trust s.5.4), or in a certificate error that people click away. Names that never had pins
 * keep their own addresses.
 */
export function createSteering({ clock, pins, addresses }: SteerDeps): Steering {
  return async (name, signal): Promise<Lead> => {
    if (name.kind !== 'nostr') return { kind: 'own' }
    const decision = await decideSoon(clock, pins, name, signal)
    const soon = unixSeconds(clock) + unknownSeconds
    const here = (validUntil: number): Lead => ({ kind: 'here', addresses, validUntil })
    switch (decision?.kind) {
      case 'pinned':
        return here(decision.validUntil)
      case 'expired':
        return here(Infinity)
      case 'no-certificate':
        return pins.wasEverPinned(name) ? here(Infinity) : { kind: 'own' }
      case 'cannot-check':
      case undefined:
        return pins.wasEverPinned(name) ? here(soon) : { kind: 'own', validUntil: soon }
    }
  }
}

async function decideSoon(
  clock: Clock,
  pins: SteerDeps['pins'],
  name: PinnedName,
  signal: AbortSignal,
): Promise<PinDecision | undefined> {
  const abort = new AbortController()
  let cancelTimer = (): void => undefined
  const late = new Promise<undefined>((resolve) => {
    cancelTimer = clock.schedule(decideWithinMs, () => resolve(undefined))
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
  const deciding = pins.decide(name, httpsPort, abort.signal)
  // Abandoned, its outcome is nobody's any more.
  deciding.catch(() => undefined)
  try {
    return (await Promise.race([deciding, late])) ?? pins.lastDecision(name, httpsPort)
  } finally {
    cancelTimer()
    abort.abort()
  }
}
