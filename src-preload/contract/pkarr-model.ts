/** PKARR as front ends see it. Types only. */
import type { Protection } from '../../src-main/keys/keyring.ts'
import type { RecordView } from './model.ts'

/** An ed25519 key held here. */
export interface PkarrIdentity {
  /** 52 z-base-32 characters. */
  readonly key: string
  readonly label: string
  readonly createdAtMs: number
  readonly protection: Exclude<Protection, 'remote'>
  readonly isLocked: boolean
  /** True once exported or imported: the user holds a copy elsewhere. */
  readonly isBackedUp: boolean
}

/** A relay or the DHT. */
export interface PkarrCarrierView {
  /** URL of the relay, or `dht`. */
  readonly id: string
  readonly kind: 'relay' | 'dht'
  readonly state: 'unused' | 'ok' | 'failing' | 'off'
  readonly latencyMs?: number
  /** Nodes in the routing table; DHT only. */
  readonly nodes?: number
  readonly lastError?: string
}

/** What one carrier said to a publication. */
export interface PkarrDeliveryView {
  readonly carrier: string
  readonly kind: 'relay' | 'dht'
  readonly state: 'stored' | 'conflict' | 'rate-limited' | 'refused' | 'unreachable'
  /** DHT nodes that hold it, as far as the carrier says. */
  readonly nodes?: number
  readonly detail?: string
}

/** Where the newest packet of a zone was found, and whether its signature was checked here. */
export type PkarrSource = 'cache' | 'relay' | 'dht' | 'doh'

export interface PkarrZoneView {
  /** 52 z-base-32 characters. */
  readonly key: string
  readonly alias?: string
  readonly isOwn: boolean
  /** Re-announced hourly although the key is somebody else's. */
  readonly isFollowed: boolean
  readonly records: readonly RecordView[]
  /** Bytes of the DNS message, of 1000. */
  readonly size: number
  /** When the owner signed it. Unix milliseconds. */
  readonly signedAtMs?: number
  /** When a carrier last had it. Unix milliseconds. */
  readonly lastSeenMs?: number
  readonly source?: PkarrSource
  /** Carriers that had this packet. */
  readonly carriers: readonly string[]
  /** False for answers taken from a DoH server: nobody checked the signature here. */
  readonly isVerified: boolean
  readonly isExpired: boolean
  readonly nextRefreshMs?: number
  readonly nextRepublishMs?: number
  readonly delivery?: { readonly atMs: number; readonly results: readonly PkarrDeliveryView[] }
  readonly notes: readonly string[]
  readonly failure?: string
}

export interface PkarrView {
  readonly isEnabled: boolean
  readonly identities: readonly PkarrIdentity[]
  readonly canUndoRemove: boolean
  readonly carriers: readonly PkarrCarrierView[]
  readonly zones: readonly PkarrZoneView[]
}

/** How a zone being edited would be sent. */
export interface PkarrMeasure {
  /** Bytes of the compressed DNS message. */
  readonly size: number
  /** 1000: BEP 44. */
  readonly limit: number
  readonly warnings: readonly string[]
}

export interface PkarrPublishReport {
  readonly key: string
  readonly signedAtMs: number
  readonly size: number
  readonly delivery: readonly PkarrDeliveryView[]
  /** The largest number of DHT nodes any carrier reports. */
  readonly nodes: number
  readonly warnings: readonly string[]
}

/** The endpoint a service is reached at (PKARR endpoints, HTTPS records). */
export interface PkarrEndpointView {
  readonly target: string
  readonly port: number
  readonly addresses: readonly string[]
  /** The key the server must prove, z-base-32, when the endpoint is a key. */
  readonly key?: string
}
