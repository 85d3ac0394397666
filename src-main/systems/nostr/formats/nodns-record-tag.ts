import type { DnsName, Rdata, RecordType } from '../../../dns/wire/message.ts'
import { TextError, parseTxtText } from '../../../dns/wire/rdata-text.ts'
import type { VerifiedEvent } from '../../../relays/relay-service.ts'
import type { OwnedRecord } from './reading.ts'
import {
  isWithinLimits,
  limits,
  readRdata,
  readTtl,
  readType,
  relativeName,
} from './record-text.ts'
import { isPrivateRdata } from '../../private-rdata.ts'

/** NoDNS reads a missing TTL or 0 as an hour. */
const nodnsDefaultTtl = 3600

/** What one NoDNS `record` tag says: a record, or, with empty rdata, that there is none. */
export interface NodnsEntry {
  readonly name: string
  readonly type: RecordType
  readonly record?: OwnedRecord
}

/** Entries of all readable `record` tags; a broken tag costs only itself. */
export function readNodnsTags(
  event: VerifiedEvent,
  apex: DnsName,
): { readonly entries: readonly NodnsEntry[]; readonly skipped: number } {
  const tags = event.tags.filter(([name]) => name === 'record')
  const entries = tags.slice(0, limits.records).flatMap((tag) => readTag(tag, apex) ?? [])
  return { entries, skipped: tags.length - entries.length }
}

/**
 * `[record, TYPE, name, TTL, rdata]` (5 elements, zone-file order) or
 * `[record, TYPE, name, p1..p7, TTL]` (11 elements). The number of elements decides.
 */
function readTag(tag: readonly string[], apex: DnsName): NodnsEntry | undefined {
  const [, typeText = '', nameText = ''] = tag
  const type = readType(typeText)
  const name = relativeName(nameText)
  if (type === undefined || name === undefined) return undefined
  if (tag.length === 5) return entry(type, name, tag[3] ?? '', tag[4] ?? '', apex)
  if (tag.length !== 11) return undefined
  return entry(type, name, tag[10] ?? '', slotsText(type, tag.slice(3, 10)), apex)
}

/** The front page of NoDNS prints the value in the third slot, its program wants it in the first. */
function slotsText(type: RecordType, slots: readonly string[]): string {
  const filled = slots.filter((slot) => slot !== '')
  const hasOneField = ['A', 'AAAA', 'CNAME', 'PTR', 'TXT'].includes(type)
  return hasOneField ? (filled[0] ?? '') : filled.join(' ')
}

function entry(
  type: RecordType,
  name: string,
  ttlText: string,
  text: string,
  apex: DnsName,
): NodnsEntry | undefined {
  if (text.trim() === '') return { name, type }
  const rdata = type === 'TXT' ? readTxt(text) : readRdata(type, text, apex)
  if (rdata === undefined) return undefined
  const ttl = readTtl(/^0*$/u.test(ttlText) ? '' : ttlText, nodnsDefaultTtl)
  return { name, type, record: { name, ttl, rdata, isPrivate: isPrivateRdata(rdata) } }
}

/** NoDNS writes TXT bare; text in double quotes is taken as zone-file syntax. */
function readTxt(text: string): Rdata | undefined {
  try {
    const rdata = parseTxtText(text)
    return isWithinLimits(rdata) ? rdata : undefined
  } catch (error) {
    if (error instanceof TextError) return undefined
    throw error
  }
}

/** `1 unreadable record` or nothing. */
export function skippedNote(skipped: number): readonly string[] {
  if (skipped === 0) return []
  return [`${skipped} unreadable ${skipped === 1 ? 'record' : 'records'}`]
}
