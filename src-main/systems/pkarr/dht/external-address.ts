import { isPrivateAddress } from '../../address-filter.ts'

/** Nodes that must agree before we believe them. */
const neededVotes = 3
/** Voters remembered. */
const maxVotes = 64

/** Our IPv4 address as other nodes see it (BEP 42: `ip` in replies). */
export interface ExternalAddress {
  /** `voter` (one vote each) sees us at `host`. The address, when that made it a new one. */
  vote(voter: string, host: string): string | undefined
}

export function createExternalAddress(): ExternalAddress {
  const votes = new Map<string, string>()
  let agreed: string | undefined
  return {
    vote(voter, host) {
      if (isPrivateAddress(host)) return undefined
      votes.delete(voter)
      votes.set(voter, host)
      const oldest = votes.keys().next().value
      if (votes.size > maxVotes && oldest !== undefined) votes.delete(oldest)
      if (host === agreed) return undefined
      const supporters = [...votes.values()].filter((other) => other === host).length
      // More than half: one network of liars must not move us to and fro.
      if (supporters < neededVotes || supporters * 2 <= votes.size) return undefined
      agreed = host
      return host
    },
  }
}
