import type { Petname } from '../../../src-preload/contract/model.ts'
import { text } from '../../text/catalogue.ts'

/** Why `label` cannot be a petname of `npub`, or undefined when it can. */
export function petnameError(
  label: string,
  npub: string,
  petnames: readonly Petname[],
): string | undefined {
  const words = text.names.petname
  if (!/^[a-z0-9_-]{1,63}$/u.test(label)) return words.rule
  const taken = petnames.some((petname) => petname.label === label && petname.npub !== npub)
  return taken ? words.taken(label) : undefined
}
