import type { DnsName } from '../../../dns/wire/message.ts'
import type { VerifiedEvent } from '../../../relays/relay-service.ts'
import { readNodnsTags, skippedNote } from './nodns-record-tag.ts'
import { type Reading, reading, verdictOn } from './reading.ts'
import { hasTag } from './tags.ts'

const format = 'nodns-11111'

/**
 * Kind 11111 of NoDNS: one replaceable event is the whole zone. Others announce transports or keys
 * with the same kind; without a `record` or `delete` tag it is theirs.
 */
export function readNodns11111(event: VerifiedEvent, apex: DnsName): Reading {
  if (!hasTag(event, 'record')) {
    return hasTag(event, 'delete')
      ? reading(format, 'accept-empty', 'a deletion, which replaces the whole zone')
      : reading(format, 'ignore', 'no record tag')
  }
  const { entries, skipped } = readNodnsTags(event, apex)
  if (entries.length === 0) return reading(format, 'reject', 'none of its records can be read')
  const records = entries.flatMap(({ record }) => record ?? [])
  const notes = skippedNote(skipped)
  if (records.length === 0) return reading(format, 'accept-empty', 'only empty records', { notes })
  return reading(format, verdictOn(records), 'NoDNS zone', { records, notes })
}
