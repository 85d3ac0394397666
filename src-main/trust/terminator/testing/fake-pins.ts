import type { PubkeyHex } from '../../../names/name.ts'
import type { Pin, PinDecision, PinnedName, PinPolicy } from '../../pin-policy.ts'
import { describeServed } from '../../x509/fingerprints.ts'

export interface FakePins extends PinPolicy {
  /** What is decided about every host of `owner` from now on; listeners are told. */
  set(owner: PubkeyHex, decision: PinDecision): void
  /** While set, decisions wait for it. */
  gate: Promise<void> | undefined
}

export function createFakePins(): FakePins {
  const decisions = new Map<PubkeyHex, PinDecision>()
  const listeners = new Set<(owner: PubkeyHex) => void>()
  const decided = (name: PinnedName): PinDecision =>
    decisions.get(name.owner) ?? {
      kind: 'no-certificate',
      reason: 'its owner publishes no certificate',
    }
  const fake: FakePins = {
    gate: undefined,
    set(owner, decision) {
      decisions.set(owner, decision)
      for (const listener of listeners) listener(owner)
    },
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    async decide(name) {
      await fake.gate
      return decided(name)
    },
    lastDecision: decided,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  return fake
}

/** A pin of the certificate `der`, by its key or as a whole. */
export function pinOf(
  der: Uint8Array,
  kind: 'spki' | 'certificate' = 'spki',
  validUntil = 4_000_000_000,
): Pin {
  const served = describeServed(der)
  return {
    kind,
    value: kind === 'spki' ? served.spkiSha256 : served.certificateSha256,
    strength: kind === 'spki' ? 'pin' : 'hint',
    format: kind === 'spki' ? 'canonical' : 'poc-30001',
    eventId: 'e'.repeat(64),
    signedAt: 1_700_000_000,
    validUntil,
  }
}

/** The decision that exactly `pins` count, until the first of them ends. */
export function pinned(...pins: readonly Pin[]): PinDecision {
  return {
    kind: 'pinned',
    pins,
    isFromCache: false,
    validUntil: Math.min(...pins.map(({ validUntil }) => validUntil)),
  }
}
