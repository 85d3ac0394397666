import { createHash } from 'node:crypto'
import { finalizeEvent, getPublicKey, type Event } from 'nostr-tools/pure'

export interface TestAuthor {
  readonly pubkey: string
  /** A signed event; `created_at` defaults to the fixtures' `now`. */
  sign(template: Partial<Pick<Event, 'kind' | 'tags' | 'content' | 'created_at'>>): Event
}

export const testNow = 1_780_003_600

/** A throw-away key made from `name`. */
export function testAuthor(name: string): TestAuthor {
  const secret = new Uint8Array(createHash('sha256').update(`relays test ${name}`).digest())
  return {
    pubkey: getPublicKey(secret),
    sign(template) {
      const event = finalizeEvent(
        { kind: 31_111, tags: [], content: '', created_at: testNow, ...template },
        secret,
      )
      // Without the symbol by which nostr-tools remembers that it need not verify.
      return JSON.parse(JSON.stringify(event)) as Event
    },
  }
}
