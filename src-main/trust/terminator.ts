import type { Unsubscribe } from '../env/env.ts'
import type { Service } from '../env/service.ts'
import type { Judgement, PinDecision, PinnedName, ServedCertificate } from './pin-policy.ts'

/** What happened to one TLS connection: for the Certificates screen, notifications and logs. */
export interface TlsObservation {
  readonly name: PinnedName
  /** Lower-case domain name asked for. */
  readonly domain: string
  readonly port: number
  readonly atMs: number
  readonly decision: PinDecision
  readonly served?: ServedCertificate
  readonly judgement?: Judgement
  /** `blocked` showed a block page; `revoked` ended a live connection. */
  readonly outcome: 'allowed' | 'blocked' | 'revoked' | 'unreachable'
  readonly detail?: string
}

export interface ProxyStatus {
  readonly state: 'listening' | 'off' | 'failed'
  readonly port: number
  /** `http://127.0.0.1:<port>/proxy.pac` */
  readonly pacUrl: string
  readonly connections: number
  readonly problem?: string
}

/** CONNECT proxy on loopback that judges every `.nostr` server before one byte passes (s.5.3). */
export interface Terminator extends Service {
  status(): ProxyStatus
  onObservation(listener: (observation: TlsObservation) => void): Unsubscribe
  /** Ends live connections of names whose pins no longer allow them. */
  judgeAgain(owner: string): void
}
