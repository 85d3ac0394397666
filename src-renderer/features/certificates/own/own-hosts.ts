import type { OwnCertificateView } from '../../../../src-preload/contract/model.ts'
import { text } from '../../../text/catalogue.ts'
import { shortName } from '../../../text/format.ts'
import { parsePort } from '../servers/check-target.ts'

/** The certificates of one host of one identity. */
export interface OwnHost {
  readonly pubkey: string
  readonly host: string
  /** The one in use first, then the next one, then replaced ones. */
  readonly certificates: readonly OwnCertificateView[]
  readonly current: OwnCertificateView
  readonly next: OwnCertificateView | undefined
}

const roleRank = { current: 0, next: 1, previous: 2 } as const

/** Grouped by identity and host: the name itself first, then hosts by name. */
export function groupByHost(certificates: readonly OwnCertificateView[]): readonly OwnHost[] {
  const groups = new Map<string, OwnCertificateView[]>()
  for (const held of certificates) {
    const key = `${held.pubkey} ${held.host}`
    groups.set(key, [...(groups.get(key) ?? []), held])
  }
  return [...groups.values()]
    .flatMap((group) => {
      const sorted = group.toSorted((a, b) => roleRank[a.role] - roleRank[b.role])
      const [current] = sorted
      if (current === undefined) return []
      const { pubkey, host } = current
      const next = sorted.find(({ role }) => role === 'next')
      return [{ pubkey, host, certificates: sorted, current, next }]
    })
    .toSorted(
      (a, b) =>
        a.pubkey.localeCompare(b.pubkey) ||
        Number(b.host === '@') - Number(a.host === '@') ||
        a.host.localeCompare(b.host),
    )
}

const daySeconds = 86_400
/** The owner is told this long ahead. */
const warnDays = 14

export interface Validity {
  readonly state: 'ok' | 'soon' | 'expired'
  /** Whole days left. */
  readonly days: number
}

export function validityOf({ validTo }: OwnCertificateView, nowMs: number): Validity {
  const left = validTo - nowMs / 1000
  const days = Math.max(0, Math.floor(left / daySeconds))
  return { state: left <= 0 ? 'expired' : left <= warnDays * daySeconds ? 'soon' : 'ok', days }
}

/** Why `host` cannot get a certificate, or undefined. */
export function newHostError(host: string, taken: readonly string[]): string | undefined {
  const words = text.ownCertificates.create
  if (!/^(@|[a-z0-9_-]+(\.[a-z0-9_-]+)*)$/u.test(host)) return words.hostRule
  return taken.includes(host) ? words.hostTaken : undefined
}

/** 1 to 4 different ports out of text, or undefined. */
export function parsePorts(typed: string): readonly number[] | undefined {
  const parts = splitWords(typed)
  const ports = parts.map(parsePort)
  const good = ports.filter((port) => port !== undefined)
  const different = [...new Set(good)]
  return good.length === parts.length && different.length > 0 && different.length <= 4
    ? different
    : undefined
}

/** 1 to 825 days, or undefined. */
export function parseDays(typed: string): number | undefined {
  const days = /^\d{1,3}$/u.test(typed.trim()) ? Number(typed) : 0
  return days >= 1 && days <= 825 ? days : undefined
}

export function splitWords(typed: string): readonly string[] {
  return typed
    .toLowerCase()
    .split(/[\s,]+/u)
    .filter(Boolean)
}

/** What a host is called: its full name with the npub shortened. */
export function hostTitle({ current, host }: Pick<OwnHost, 'current' | 'host'>): string {
  return shortName(current.names[0] ?? host)
}

/** Key in `pending` of everything done to a host. */
export function hostKey({ pubkey, host }: Pick<OwnHost, 'pubkey' | 'host'>): string {
  return `ownCertificates ${pubkey} ${host}`
}
