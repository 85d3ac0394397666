import type { VerifiedEvent } from '../../../relays/relay-service.ts'

/** Value of the first `name` tag (NIP-01: the first element of a tag is its name). */
export function tagValue(event: VerifiedEvent, name: string): string | undefined {
  return event.tags.find((tag) => tag[0] === name)?.[1]
}

export function hasTag(event: VerifiedEvent, name: string): boolean {
  return event.tags.some((tag) => tag[0] === name)
}
