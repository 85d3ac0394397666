import type { DnsName, ResourceRecord } from '../dns/wire/message.ts'
import type { UnixSeconds } from '../env/env.ts'

/** Negative answers are kept this long (RFC 2308 s.5). Seconds. */
export const negativeTtl = 60

/**
 * A start of authority for negative answers (RFC 2308): zones that travel as signed data have no
 * masters or transfers, so the serial is the time of signing and the timers are those of an ordinary
 * small zone.
 */
export function soaFor(apex: DnsName, serial: UnixSeconds): ResourceRecord {
  return {
    name: apex,
    class: 1,
    ttl: negativeTtl,
    rdata: {
      type: 'SOA',
      mname: apex,
      rname: `hostmaster.${apex}`,
      serial: serial >>> 0,
      refresh: 3600,
      retry: 600,
      expire: 604_800,
      minimum: negativeTtl,
    },
  }
}
