import type { DnsName } from '../../../dns/wire/message.ts'
import type { VerifiedEvent } from '../../../relays/relay-service.ts'
import { readNodnsTags, skippedNote } from './nodns-record-tag.ts'
import { type Reading, reading, verdictOn } from './reading.ts'
import { hasTag } from './tags.ts'

const format = 'nodns-31111'

/**
 * Kind 31111 of NoDNS: any `d` that does not start with `dns:`, and at least one `record` tag.
 * The `d` tag is informational there; a record with empty rdata deletes.
 */
export function readNodns31111(event: VerifiedEvent, apex: DnsName): Reading {
  if (!hasTag(event, 'record')) return reading(format, 'ignore', 'no record tag')
  const { entries, skipped } = readNodnsTags(event, apex)
  if (entries.length === 0) return reading(format, 'reject', 'none of its records can be read')
  const records = entries.flatMap(({ record }) => record ?? [])
  const cleared = entries
    .filter(({ record }) => record === undefined)
    .map(({ name, type }) => ({ name, type }))
  const notes = skippedNote(skipped)
  if (records.length === 0) {
    return reading(format, 'accept-empty', 'deletes records', { cleared, notes })
  }
  return reading(format, verdictOn(records), 'NoDNS record', { records, cleared, notes })
}
