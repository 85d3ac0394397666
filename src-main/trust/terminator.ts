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

/** The opt-in mode for programs that know no proxy: DNS leads names here, and TLS is taken directly. */
export interface TransparentStatus {
  readonly state: 'listening' | 'off' | 'failed'
  /** Addresses that names with pins may be led to. */
  readonly addresses: readonly string[]
  /** 443 outside of tests. */
  readonly tlsPort: number
  /** Whether plain http is taken, and sent to https, too. */
  readonly redirectsHttp: boolean
  readonly problem?: string
}

/** CONNECT proxy on loopback that judges every `.nostr` server before one byte passes (s.5.3). */
export interface Terminator extends Service {
  status(): ProxyStatus
  transparent(): TransparentStatus
  /**
   * Switches the transparent mode while the proxy runs; it is off at the start and after `stop`. Ports
   * that cannot be had are in the status and in `health`.
   */
  setTransparent(isWanted: boolean): Promise<TransparentStatus>
  onObservation(listener: (observation: TlsObservation) => void): Unsubscribe
  /** Ends live connections of names whose pins no longer allow them. */
  judgeAgain(owner: string): void
}
