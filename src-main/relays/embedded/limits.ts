/** What one client may ask of the embedded relay; NIP-11 publishes most of it. */
export interface RelayLimits {
  readonly maxConnections: number
  /** Bytes of one WebSocket message. */
  readonly maxMessageBytes: number
  /** Bytes of one event's NIP-01 serialization. */
  readonly maxEventBytes: number
  readonly maxSubscriptions: number
  readonly maxFilters: number
  /** Largest `limit` of a filter; larger ones are cut to it. */
  readonly maxLimit: number
  /** Values in one list of a filter. */
  readonly maxFilterValues: number
  readonly maxSubscriptionIdLength: number
  readonly eventsPerMinute: number
}

export const defaultRelayLimits: RelayLimits = {
  maxConnections: 128,
  maxMessageBytes: 128 * 1024,
  maxEventBytes: 32 * 1024,
  maxSubscriptions: 32,
  maxFilters: 16,
  maxLimit: 500,
  maxFilterValues: 1000,
  maxSubscriptionIdLength: 64,
  eventsPerMinute: 600,
}
