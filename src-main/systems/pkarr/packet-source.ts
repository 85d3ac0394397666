import type {
  PkarrCarrierView,
  PkarrDeliveryView,
  PkarrSource,
} from '../../../src-preload/contract/pkarr-model.ts'
import type { Unsubscribe } from '../../env/env.ts'
import type { Service } from '../../env/service.ts'
import type { CarrierQuery, PkarrKey, SignedPacket } from './carrier.ts'

/** The newest packet known of one key. */
export interface HeldPacket {
  readonly packet: SignedPacket
  /** When a carrier last had it. Unix milliseconds. */
  readonly lastSeenMs: number
  readonly source: Exclude<PkarrSource, 'doh'>
  /** Carriers that had exactly this packet. */
  readonly carriers: readonly string[]
  /** `lastSeenMs` plus the packet's time to live, clamped. Unix milliseconds. */
  readonly expiresAtMs: number
}

export type PacketLookup =
  | { readonly kind: 'found'; readonly held: HeldPacket; readonly isStale: boolean }
  /** At least one carrier answered, and none has a packet. */
  | { readonly kind: 'none'; readonly answers: number; readonly invalidSeq?: bigint }
  | { readonly kind: 'failed'; readonly problem: string }

/** Packets by key, from memory, disk and carriers (specs s.5): the one place that decides which is newest. */
export interface PacketSourceService extends Service {
  /** Same-key questions share one look-up. Never rejects. */
  resolve(
    key: PkarrKey,
    options: { readonly policy: CarrierQuery['policy']; readonly signal: AbortSignal },
  ): Promise<PacketLookup>
  /** What is known without asking anybody. */
  held(key: PkarrKey): HeldPacket | undefined
  list(): readonly HeldPacket[]
  /** Announces on every carrier at once, and remembers the packet if it is the newest. */
  publish(packet: SignedPacket, signal: AbortSignal): Promise<readonly PkarrDeliveryView[]>
  /** Greatest timestamp seen under the key, also of items that are no packet. Microseconds. */
  highestUs(key: PkarrKey): bigint | undefined
  forget(key: PkarrKey): Promise<void>
  carriers(): readonly PkarrCarrierView[]
  /** A newer packet, or none any more. */
  onChange(listener: (key: PkarrKey) => void): Unsubscribe
  onCarriers(listener: () => void): Unsubscribe
}
