import type { UnixSeconds } from '../../env/env.ts'
import type { OwnerKey } from '../../names/name.ts'
import type { Resolution } from '../../systems/name-system.ts'
import type { DnsName, ExtendedError, RecordType, ResourceRecord } from '../wire/message.ts'

/** What was learned at one name of a CNAME chain; `names.resolve` shows these. */
export type ResolutionStep =
  | {
      readonly source: 'system'
      readonly system: string
      readonly name: DnsName
      readonly type: RecordType
      readonly resolution: Resolution
    }
  | {
      readonly source: 'upstream' | 'local'
      readonly name: DnsName
      readonly type: RecordType
      readonly rcode: number
      readonly records: readonly ResourceRecord[]
      readonly note?: string
    }

/** A complete answer before it becomes bytes. */
export interface Resolved {
  readonly rcode: number
  readonly answers: readonly ResourceRecord[]
  readonly authorities: readonly ResourceRecord[]
  readonly ede?: ExtendedError
  /** Addresses the filter of private addresses kept back: for explaining only. */
  readonly withheld?: readonly string[]
  /** Whether this server speaks for the first name of the chain. */
  readonly isAuthoritative: boolean
  /** Made from data under managed names: withheld while resolution is off. */
  readonly isManaged: boolean
  readonly owners: readonly OwnerKey[]
  /** Not to be served at or after this time, whatever the TTLs say; absent when only TTLs count. */
  readonly validUntil?: UnixSeconds
  /** False for answers that must leave no trace, such as one to a name holding a secret key. */
  readonly isCacheable: boolean
  readonly steps: readonly ResolutionStep[]
}
