import type { Event } from 'nostr-tools/pure'
import { hasEventShape } from './event-shape.ts'

/** What a relay says to a client (NIP-01, NIP-42). */
export type RelayMessage =
  | readonly ['EVENT', string, Event]
  | readonly ['EOSE', string]
  | readonly ['CLOSED', string, string]
  | readonly ['OK', string, boolean, string]
  | readonly ['NOTICE', string]
  | readonly ['AUTH', string]

/** The message of one text frame, or undefined if it is none of NIP-01's with the right types. */
export function readRelayMessage(text: string): RelayMessage | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!Array.isArray(value)) return undefined
  const [type, first, second, third] = value as unknown[]
  if (typeof first !== 'string') return undefined
  switch (type) {
    case 'EVENT':
      return first !== '' && hasEventShape(second) ? ['EVENT', first, second] : undefined
    case 'EOSE':
      return ['EOSE', first]
    case 'CLOSED':
      return ['CLOSED', first, textOf(second)]
    case 'OK':
      return typeof second === 'boolean' ? ['OK', first, second, textOf(third)] : undefined
    case 'NOTICE':
      return ['NOTICE', textOf(first)]
    case 'AUTH':
      return ['AUTH', first]
    default:
      return undefined
  }
}

/** Text by a stranger that ends up in health and logs: one line, of bounded length. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value.replaceAll(/\p{Cc}+/gu, ' ').slice(0, 300) : ''
}
