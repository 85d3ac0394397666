/** Numbers, times and keys as people read them. Pure: the present is passed in. */

const locale = 'en'

const integers = new Intl.NumberFormat(locale)
const compact = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 })
const absolute = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' })
const dates = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' })
const plurals = new Intl.PluralRules(locale)
const lists = new Intl.ListFormat(locale, { type: 'conjunction' })

/** 1,234; from 100,000 on 123.4K. */
export function formatCount(count: number): string {
  return count >= 100_000 ? compact.format(count) : integers.format(count)
}

/** `1 relay`, `3 relays`. */
export function plural(count: number, one: string, other: string): string {
  return `${integers.format(count)} ${plurals.select(count) === 'one' ? one : other}`
}

export function formatList(items: readonly string[]): string {
  return lists.format(items)
}

/** A span in its one or two largest units: `42 s`, `3 min`, `2 h 5 min`, `6 d`. Negative counts as 0. */
export function formatSpan(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
  const days = Math.floor(hours / 24)
  if (days >= 7 || hours % 24 === 0) return `${days} d`
  return `${days} d ${hours % 24} h`
}

/** A span in its largest unit only, for narrow columns: `15 min`, `3 h`, `40 d`. */
export function formatAge(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  if (whole < 3600) return formatSpan(whole)
  return whole < 86_400 ? `${Math.floor(whole / 3600)} h` : `${Math.floor(whole / 86_400)} d`
}

/** A countdown that changes every second up to an hour: `4:05`, `59 s`, then as `formatSpan`. */
export function formatCountdown(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds))
  if (whole < 60 || whole >= 3600) return formatSpan(whole)
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}

/** `just now`, `3 min ago`, `in 2 h`. */
export function formatRelative(atMs: number, nowMs: number): string {
  const seconds = (nowMs - atMs) / 1000
  if (Math.abs(seconds) < 5) return 'just now'
  return seconds > 0 ? `${formatSpan(seconds)} ago` : `in ${formatSpan(-seconds)}`
}

export function formatAbsolute(atMs: number): string {
  return absolute.format(atMs)
}

/** `Sep 12, 2027`. */
export function formatDate(atMs: number): string {
  return dates.format(atMs)
}

export function formatLatency(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}

export function formatPercent(part: number, whole: number): string {
  return whole === 0 ? '–' : `${Math.round((part / whole) * 100)} %`
}

/** `npub1abc…uvwxyz`: first 8 and last 6 characters. Anything short is left alone. */
export function shortKey(key: string): string {
  return key.length <= 16 ? key : `${key.slice(0, 8)}…${key.slice(-6)}`
}

const npubInName = /npub1[02-9ac-hj-np-z]{58}/giu
/** A z-base-32 key of 52 characters as a label of its own; the last one is always `y` or `o`. */
const pkarrKeyInName = /(?<![a-z0-9-])[a-km-uw-z13-9]{51}[yo](?![a-z0-9-])/giu

/** A domain name with the key inside it shortened: `www.npub1abc…uvwxyz.nostr`. */
export function shortName(name: string): string {
  return name.replace(npubInName, shortKey).replace(pkarrKeyInName, shortKey)
}

/** Record data with the npubs and long hashes in it shortened: `3 1 1 13dab899…f39a30`. */
export function shortData(rdata: string): string {
  return shortName(rdata).replace(/\b[0-9a-f]{40,}\b/giu, shortKey)
}

/** A hash in groups of eight digits, so that two can be compared by eye. */
export function hashGroups(hash: string): readonly string[] {
  return hash.match(/.{1,8}/gu) ?? []
}

/** `relay.example.com` of `wss://relay.example.com/`; the whole text when it is not a URL. */
export function relayHost(url: string): string {
  if (!URL.canParse(url)) return url
  const { host, pathname } = new URL(url)
  return pathname === '/' ? host : host + pathname
}

/** `127.0.0.1:53`, `[::1]:53`. */
export function endpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
