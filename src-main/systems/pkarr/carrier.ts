import type {
  PkarrCarrierView,
  PkarrDeliveryView,
} from '../../../src-preload/contract/pkarr-model.ts'
import type { Unsubscribe } from '../../env/env.ts'
import type { Service } from '../../env/service.ts'

/** 52 lower-case z-base-32 characters that are a point of the curve. */
export type PkarrKey = string

/**
 * A DNS message signed by its zone's key: BEP 44 mutable item without salt. Made only by
 * `signed-packet.ts`, which checks the signature; the bytes are never encoded again.
 */
export interface SignedPacket {
  readonly key: PkarrKey
  /** 32 bytes. */
  readonly publicKey: Uint8Array
  /** 64 bytes. */
  readonly signature: Uint8Array
  /** BEP 44 `seq`: microseconds since the Unix epoch. */
  readonly timestampUs: bigint
  /** The DNS message, at most 1000 bytes. */
  readonly payload: Uint8Array
}

/** A valid packet, and who had it when. */
export interface Sighting {
  readonly packet: SignedPacket
  /** When the carrier last had it from the network. Unix milliseconds. */
  readonly lastSeenMs: number
}

export interface CarrierQuery {
  /** `cache-only` never makes a relay ask the DHT. */
  readonly policy: 'cache-only' | 'cache-first' | 'network-only'
  /** The newest timestamp known: a carrier may leave older packets out, never equal ones. */
  readonly knownUs?: bigint
  readonly signal: AbortSignal
  /** Called for each valid packet as it arrives; a carrier may have several. */
  readonly onPacket: (sighting: Sighting) => void
}

/** How a look-up ended, after every packet went to `onPacket`. */
export type CarrierEnd =
  | {
      readonly kind: 'done'
      /** Nodes that answered (DHT) or 1 (relay). */
      readonly answers: number
      /** The newest item under the key is signed by it and is no DNS message (spec s.3, M6). */
      readonly invalidSeq?: bigint
    }
  | { readonly kind: 'failed'; readonly problem: string; readonly retryAfterMs?: number }

/** A way packets travel: one relay, or the DHT. Nothing it says is believed without the signature. */
export interface Carrier extends Service {
  /** URL of the relay, or `dht`. */
  readonly id: string
  readonly kind: 'relay' | 'dht'
  /** Never rejects. */
  resolve(key: PkarrKey, query: CarrierQuery): Promise<CarrierEnd>
  /** Never rejects. The same packet may be announced any number of times. */
  publish(packet: SignedPacket, signal: AbortSignal): Promise<PkarrDeliveryView>
  status(): PkarrCarrierView
  onChange(listener: () => void): Unsubscribe
}
