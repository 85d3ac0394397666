import type { UnixSeconds } from '../../../env/env.ts'
import type { VerifiedEvent } from '../../../relays/relay-service.ts'

/** Value of the first `name` tag (NIP-01 s.tags: the first element is the name). */
export function tagValue(event: VerifiedEvent, name: string): string | undefined {
  return event.tags.find((tag) => tag[0] === name)?.[1]
}

export function hasTag(event: VerifiedEvent, name: string): boolean {
  return event.tags.some((tag) => tag[0] === name)
}

/** `d` of an addressable event; a missing one is the empty string (NIP-01). */
export function identifierOf(event: VerifiedEvent): string {
  return tagValue(event, 'd') ?? ''
}

/** NIP-40 expiration, if the tag is there and holds a time. */
export function expirationOf(event: VerifiedEvent): UnixSeconds | undefined {
  const text = tagValue(event, 'expiration')
  return text !== undefined && /^\d{1,12}$/u.test(text) ? Number(text) : undefined
}
