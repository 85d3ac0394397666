import { encodeNpub } from '../../../names/npub.ts'
import { parseName } from '../../../names/parse-name.ts'
import type { PinnedName } from '../../pin-policy.ts'

/** Public keys of the secret keys 1 and 3. */
export const owner = '79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798'
export const otherOwner = 'f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9'
export const domain = `${encodeNpub(owner)}.nostr`
export const otherDomain = `${encodeNpub(otherOwner)}.nostr`

/** `text` as a pinned name; throws when it is none. */
export function pinnedName(text: string): PinnedName {
  const name = parseName(text)
  if (name.kind !== 'nostr') throw new Error(`${text} is no name of a key`)
  return name
}
