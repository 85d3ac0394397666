import type { Env } from '../../env/env.ts'
import { unixSeconds } from '../../env/env.ts'
import { encodeNpub } from '../../names/npub.ts'
import type { NameSystem, Provenance } from '../name-system.ts'
import { negativeTtl, soaFor } from '../soa.ts'
import type { PetnameTable } from './petname-table.ts'

/** The user can change a petname any time and no other cache is told. Seconds. */
const petnameTtl = 60

/** Names of one word: an alias to the npub the user gave it. Unknown ones do not exist. */
export function createPetnameSystem(env: Env, table: PetnameTable): NameSystem {
  return {
    id: 'petname',
    suffixes: ['nostr'],
    claims: (name) => name.kind === 'petname',
    lookup(name, qname) {
      if (name.kind !== 'petname') throw new TypeError(`not a petname: ${name.kind}`)
      const now = unixSeconds(env.clock)
      const owner = table.find(name.label)
      const provenance: Provenance = {
        system: 'petname',
        format: 'petname',
        owner: petnameKey(name.label),
        eventIds: [],
        signer: owner === undefined ? '' : encodeNpub(owner),
        sources: [],
        seenAtMs: env.clock.nowMs(),
        verifiedBy: owner === undefined ? 'not among your petnames' : 'set by you',
      }
      if (owner === undefined) {
        const validUntil = now + negativeTtl
        const soa = soaFor('nostr', now)
        return Promise.resolve({ kind: 'nxdomain', soa, validUntil, provenance })
      }
      const apex = `${encodeNpub(owner)}.nostr`
      const target = name.host === '@' ? apex : `${name.host}.${apex}`
      return Promise.resolve({
        kind: 'alias',
        rrset: [{ name: qname, class: 1, ttl: petnameTtl, rdata: { type: 'CNAME', target } }],
        target,
        validUntil: now + petnameTtl,
        provenance,
      })
    },
    onChange: (listener) => table.onChange((label) => listener(petnameKey(label))),
  }
}

function petnameKey(label: string): string {
  return `petname:${label}`
}
