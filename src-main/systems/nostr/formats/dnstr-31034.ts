import { isIP } from 'node:net'
import type { DnsName } from '../../../dns/wire/message.ts'
import type { VerifiedEvent } from '../../../relays/relay-service.ts'
import { isPublicCnameTarget } from '../../address-filter.ts'
import { type Reading, reading } from './reading.ts'
import { limits, readRdata } from './record-text.ts'
import { tagValue } from './tags.ts'

const format = 'dnstr-31034'

/**
 * Kind 31034 of DNSTR: npub to a domain of the public DNS, in the content or in a `u` tag. Served
 * as a CNAME of the apex.
 */
export function readDnstr31034(event: VerifiedEvent, apex: DnsName): Reading {
  if (tagValue(event, 'd') !== '') return reading(format, 'ignore', 'no empty d tag')
  const text = event.content.trim() === '' ? domainInUrl(event) : event.content.trim()
  if (text === '') return reading(format, 'accept-empty', 'domain cleared')
  if (isIP(text.replace(/^\[|\]$/gu, '')) !== 0) {
    return reading(format, 'filter', 'an address where a domain is wanted')
  }
  const rdata = isPublicCnameTarget(text) ? readRdata('CNAME', text, apex) : undefined
  if (rdata === undefined) return reading(format, 'reject', 'not a public domain')
  return reading(format, 'accept-optin', 'alias into the public DNS', {
    records: [{ name: '@', ttl: limits.defaultTtl, rdata, isPrivate: false }],
  })
}

function domainInUrl(event: VerifiedEvent): string {
  const tag = event.tags.find(([name]) => name === 'u')
  const text = tag?.length === 2 ? (tag[1] ?? '') : ''
  return URL.canParse(text) ? new URL(text).hostname : text
}
