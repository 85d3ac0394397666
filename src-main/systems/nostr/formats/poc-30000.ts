import { isIP } from 'node:net'
import type { DnsName } from '../../../dns/wire/message.ts'
import { identifierOf } from '../../../relays/event-address.ts'
import type { VerifiedEvent } from '../../../relays/relay-service.ts'
import { type Reading, reading, verdictOn } from './reading.ts'
import { limits, readRdata } from './record-text.ts'
import { isPrivateRdata } from '../../private-rdata.ts'
import { hasTag } from './tags.ts'

const format = 'poc-30000'

/**
 * Kind 30000 without `d`, content `{"ip": "…"}`: how the proof of concept announces a server.
 * With `d`, or with people in it, the same kind is a follow set (NIP-51).
 */
export function readPoc30000(event: VerifiedEvent, apex: DnsName): Reading {
  if (identifierOf(event) !== '' || hasTag(event, 'p') || hasTag(event, 'title')) {
    return reading(format, 'ignore', 'a follow set')
  }
  const address = addressIn(event.content)
  if (address === undefined) return reading(format, 'ignore', 'no address announcement')
  const type = isIP(address) === 6 ? 'AAAA' : 'A'
  const rdata = isIP(address) === 0 ? undefined : readRdata(type, address, apex)
  if (rdata === undefined) return reading(format, 'reject', 'its ip is not an address')
  const records = [
    { name: '@', ttl: limits.defaultTtl, rdata, isPrivate: isPrivateRdata(rdata) },
  ] as const
  return reading(format, verdictOn(records), 'address announcement', { records })
}

function addressIn(content: string): string | undefined {
  let value: unknown
  try {
    value = JSON.parse(content)
  } catch {
    return undefined
  }
  if (value === null || typeof value !== 'object' || !Object.hasOwn(value, 'ip')) return undefined
  const { ip } = value as { readonly ip: unknown }
  return typeof ip === 'string' ? ip : undefined
}
