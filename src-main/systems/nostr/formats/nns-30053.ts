import type { DnsName, Rdata, RecordType } from '../../../dns/wire/message.ts'
import { identifierOf } from '../../../relays/event-address.ts'
import type { VerifiedEvent } from '../../../relays/relay-service.ts'
import { type OwnedRecord, type Reading, reading, verdictOn } from './reading.ts'
import { limits, readRdata, readTtl, relativeName } from './record-text.ts'
import { isPrivateRdata } from '../../private-rdata.ts'

const format = 'nns-30053'
const typeOfTag = new Map<string | undefined, RecordType>([
  ['ip4', 'A'],
  ['ip6', 'AAAA'],
  ['cname', 'CNAME'],
])

/**
 * Kind 30053 of the NNS draft: `d` is the host (empty for the apex), `ip4`, `ip6` and, only in its
 * review, `cname` tags. Many others use the kind; without one of these tags it is theirs.
 */
export function readNns30053(event: VerifiedEvent, apex: DnsName): Reading {
  const tags = event.tags.filter(([name]) => typeOfTag.has(name)).slice(0, limits.records)
  if (tags.length === 0) return reading(format, 'ignore', 'no address tag')
  const host = relativeName(identifierOf(event))
  if (host === undefined || host.startsWith('*')) {
    return reading(format, 'ignore', 'the d tag is no host')
  }
  const records: OwnedRecord[] = []
  for (const [tagName, text = '', ttlText = ''] of tags) {
    const rdata: Rdata | undefined = readRdata(typeOfTag.get(tagName) ?? 'A', text, apex)
    if (rdata === undefined) continue
    const ttl = readTtl(ttlText, limits.defaultTtl)
    records.push({ name: host, ttl, rdata, isPrivate: isPrivateRdata(rdata) })
  }
  if (records.length === 0) return reading(format, 'reject', 'none of its addresses can be read')
  const isAliasOnly = records.every(({ rdata }) => rdata.type === 'CNAME')
  const verdict = verdictOn(records)
  if (verdict === 'accept' && isAliasOnly) {
    return reading(format, 'accept-optin', 'an alias, as proposed in the review', { host, records })
  }
  return reading(format, verdict, 'NNS record', { host, records })
}
