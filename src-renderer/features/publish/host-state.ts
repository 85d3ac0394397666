import type { PublishedHost, PublishReport } from '../../../src-preload/contract/model.ts'
import { shortKey } from '../../text/format.ts'

export type HostState = PublishReport['state'] | 'withdrawn' | 'expired' | 'never'

/** What people see of a published host: withdrawn and expired outweigh how the last sending went. */
export function hostState(host: PublishedHost, nowMs: number): HostState {
  if (host.isWithdrawn) return 'withdrawn'
  const last = host.lastPublished
  if (last === undefined) return 'never'
  return last.expiresAt * 1000 <= nowMs ? 'expired' : last.state
}

/** `www.npub1….nostr` in full. */
export function hostName(host: string, npub: string): string {
  return host === '@' ? `${npub}.nostr` : `${host}.${npub}.nostr`
}

/** The same with the npub shortened. */
export function shortHostName(host: string, npub: string): string {
  return hostName(host, shortKey(npub))
}

/** Relays that took the main record. */
export function relaysThatTook(report: PublishReport): number {
  const canonical = report.copies.find(({ format }) => format === 'canonical')
  return canonical?.relays.filter(({ outcome }) => outcome === 'ok').length ?? 0
}
