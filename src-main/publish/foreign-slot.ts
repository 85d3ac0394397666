/** Words for what somebody else's program keeps in the slot of a compatibility copy. Pure. */
import type { Problem } from '../env/errors.ts'
import type { VerifiedEvent } from '../relays/relay-service.ts'
import type { CopySlot } from '../systems/nostr/slot-owner.ts'

const losses: Readonly<Record<CopySlot, string>> = {
  'nodns-11111': 'NoDNS programs will not find this name',
  'nodns-30003': 'NoDNS programs will not find this certificate',
  'poc-30000': 'the first Nostr DNS programs will not find this name',
  'poc-30001': 'the first Nostr DNS programs will not find this certificate',
}

/** Tells the user what is in the slot, that it was left alone, and what follows from that. */
export function guardedProblem(slot: CopySlot, event: VerifiedEvent): Problem {
  return {
    code: 'publish.guarded',
    message: `The place of the compatibility copy (kind ${event.kind}) holds ${describe(event)}, made by another program. It was left as it is, so ${losses[slot]}; everyone else will.`,
    hint: 'To free the place, delete that entry in the program that made it; or switch this copy off.',
  }
}

function describe(event: VerifiedEvent): string {
  const title = event.tags.find(([name]) => name === 'title' || name === 'name')?.[1]
  const count = (name: string): number => event.tags.filter(([tag]) => tag === name).length
  const people = count('p')
  const entries = people + count('e') + count('a') + count('t') + count('r')
  const what =
    people > 0
      ? `a list of ${people} ${people === 1 ? 'person' : 'people'}`
      : entries > 0
        ? `a list of ${entries} ${entries === 1 ? 'entry' : 'entries'}`
        : event.content !== ''
          ? 'private data (not DNS records)'
          : 'an announcement that is not DNS records'
  return title === undefined ? what : `${what} named “${title.slice(0, 60)}”`
}
