import type { DnsName, Rdata, RecordType } from '../../../dns/wire/message.ts'
import { TextError, formatRdata, parseRdata } from '../../../dns/wire/rdata-text.ts'
import { parseRecordType, typeCode, typeFromCode } from '../../../dns/wire/record-type.ts'
import { type Result, fail, ok } from '../../../env/errors.ts'
import { parseName } from '../../../names/parse-name.ts'

/** Shared by all formats: how names, TTLs and rdata are written inside events. */

export const limits = {
  /** Octets of a whole event. */
  event: 32 * 1024,
  records: 64,
  /** Octets of all strings of one TXT record. */
  txt: 512,
  minTtl: 30,
  maxTtl: 3600,
  defaultTtl: 300,
  /** Characters in front of `.npub1….nostr` (RFC 1035 s.2.3.4 minus the suffix). */
  name: 183,
} as const

/** One record as people write and read it. */
export interface RecordText {
  /** Relative to the owner's apex. */
  readonly name: string
  readonly type: string
  /** Seconds. */
  readonly ttl: number
  /** Zone-file text; see `readRdata` for names in it. */
  readonly rdata: string
}

/**
 * `text` as a name relative to the owner's apex: `@`, `www`, `*.home`. Undefined when it is no such
 * name. Upper case is folded; an empty name is the apex.
 */
export function relativeName(text: string): string | undefined {
  if (text === '' || text === '@') return '@'
  if (text.length > limits.name) return undefined
  const name = text.replace(/[A-Z]+/gu, (letters) => letters.toLowerCase())
  const labels = name.split('.')
  if (labels[0] === '*') labels.shift()
  const isValid = labels.every((label) => /^[a-z0-9_-]{1,63}$/u.test(label))
  return isValid ? name : undefined
}

/** True if `name` is `host` or below it; everything is below `@`. */
export function isWithin(name: string, host: string): boolean {
  return host === '@' || name === host || name.endsWith(`.${host}`)
}

/** Seconds within 30..3600; `fallback` where `text` is not a number. */
export function readTtl(text: string, fallback: number): number {
  const seconds = /^\d{1,10}$/u.test(text) ? Number(text) : fallback
  return Math.min(limits.maxTtl, Math.max(limits.minTtl, seconds))
}

/**
 * Types no owner may put under an npub: zone cuts and DNSSEC data would hand the name to somebody
 * else or promise signatures we do not make. 128..255 are questions and meta types (RFC 6895).
 */
const refusedCodes = new Set([0, 2, 6, 39, 41, 43, 46, 47, 48, 50, 51, 59, 60])

/** The type written as `text`, unless it is unknown or not for owners to publish. */
export function readType(text: string): RecordType | undefined {
  const parsed = parseRecordType(text)
  if (parsed === undefined) return undefined
  const code = typeCode(parsed)
  if (refusedCodes.has(code) || (code >= 128 && code <= 255)) return undefined
  return typeFromCode(code)
}

/** Which field of the rdata is a domain name. */
const nameField: Readonly<Partial<Record<RecordType, number>>> = {
  CNAME: 0,
  NS: 0,
  PTR: 0,
  MX: 1,
  SRV: 3,
  SVCB: 1,
  HTTPS: 1,
}

/**
 * Rdata from the text of an event. A domain name inside is absolute when it ends in a dot or has
 * more than one label (NoDNS writes `mail.example.com`) or is a PKARR key, `@` is the owner's apex,
 * and any other single label is relative to the apex. Undefined when the text cannot be read or a limit is passed.
 */
export function readRdata(type: RecordType, text: string, apex: DnsName): Rdata | undefined {
  const parsed = parseEventRdata(type, text, apex)
  return parsed.ok ? parsed.value : undefined
}

/** Like `readRdata`, and says in plain words what is wrong. */
export function parseEventRdata(type: RecordType, text: string, apex: DnsName): Result<Rdata> {
  let rdata: Rdata
  try {
    rdata = parseRdata(type, withAbsoluteNames(type, text), apex)
  } catch (error) {
    if (error instanceof TextError) return fail('records.bad-value', error.message)
    throw error
  }
  if (rdata.type !== type) return fail('records.bad-value', `this is no ${type} value`)
  if (!isWithinLimits(rdata)) {
    return fail('records.bad-value', `a TXT record holds at most ${limits.txt} octets`)
  }
  return ok(rdata)
}

/** The rdata text for an event: host names absolute with a final dot, the own apex as `@`. */
export function eventText(rdata: Rdata, apex: DnsName): string {
  const text = formatRdata(rdata)
  const field = nameField[rdata.type]
  if (field === undefined) return text
  const fields = text.split(' ')
  const name = (fields[field] ?? '').replace(/\.$/u, '')
  fields[field] = name.toLowerCase() === apex ? '@' : `${name}.`
  return fields.join(' ')
}

/** Adds the final dot to names of several labels and to keys, see `readRdata`. */
export function withAbsoluteNames(type: RecordType, text: string): string {
  const field = nameField[type]
  if (field === undefined || text.trimStart().startsWith('\\#')) return text
  const fields = text.trim().split(/\s+/u)
  const name = fields[field]
  if (name === undefined || name.endsWith('.')) return text
  if (!name.includes('.') && parseName(name).kind !== 'pkarr') return text
  fields[field] = `${name}.`
  return fields.join(' ')
}

export function isWithinLimits(rdata: Rdata): boolean {
  if (rdata.type !== 'TXT') return true
  return rdata.strings.reduce((sum, part) => sum + part.length, 0) <= limits.txt
}
