/**
 * Event kinds that carry name data. The canonical kind is not registered with the NIPs, so it is
 * named once, here.
 */
export const kinds = {
  profile: 0,
  /** NIP-09 event deletion request. */
  deletion: 5,
  /** NIP-65 relay list. */
  relayList: 10002,
  nodnsZone: 11111,
  /** NIP-51 follow sets; without `d`, the proof of concept's address announcement. */
  pocAddress: 30000,
  /** Deprecated NIP-51 lists; without `d`, the proof of concept's certificate. */
  pocCertificate: 30001,
  /** NIP-51 bookmark sets; with `d=nostr`, a NoDNS certificate. */
  nodnsCertificate: 30003,
  nns: 30053,
  dnstr: 31034,
  /** Ours with `d=dns:<host>`, NoDNS records with any other `d`. */
  canonical: 31111,
} as const

/** Start of the `d` tag of canonical events; the host follows. */
export const canonicalPrefix = 'dns:'
