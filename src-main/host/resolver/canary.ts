import type { RandomSource } from '../../env/env.ts'

/** One question sent through the system's resolver, under a name and with an answer made for it. */
export interface CanaryProbe {
  readonly name: string
  /** IPv4 address that only our own server, in this process, gives for `name`. */
  readonly address: string
  /** Whether the question reached our server. */
  wasAsked(): boolean
  /** From now on the name does not exist. */
  end(): void
}

/**
 * Proves that the system's resolver asks this very process: the name server answers the name of a
 * probe under way with an address drawn by lot, and nobody else knows that address.
 */
export interface Canary {
  /** `suffix`: one that the system's resolver is to send here. */
  begin(suffix: string): CanaryProbe
  /**
   * For the name server: the address of `name` (lower case, without the trailing dot) while its probe
   * is under way, undefined for every other name. Answered on every endpoint, also while resolution
   * is switched off: it tells about the way here, not about names.
   */
  answersCanary(name: string): string | undefined
}

export function createCanary(random: RandomSource): Canary {
  const pending = new Map<string, { readonly address: string; isAsked: boolean }>()
  return {
    begin(suffix) {
      const name = canaryName(random.bytes(16), suffix)
      const entry = { address: canaryAddress(random.bytes(3)), isAsked: false }
      pending.set(name, entry)
      return {
        name,
        address: entry.address,
        wasAsked: () => entry.isAsked,
        end: () => void pending.delete(name),
      }
    },
    answersCanary(name) {
      const entry = pending.get(name)
      if (entry === undefined) return undefined
      entry.isAsked = true
      return entry.address
    },
  }
}

/**
 * A name that can be nobody's: 32 hex digits are half a key, and without the other half in front of
 * them `parseName` takes them for invalid, never for a petname, NIP-05 name or PKARR key.
 */
function canaryName(label: Uint8Array, suffix: string): string {
  return `canary.${Buffer.from(label).toString('hex')}.${suffix}`
}

/** In 127.0.0.0/8, so that no answer leads off this computer, and far from 127.0.0.1 and .53. */
function canaryAddress([first = 0, second = 0, third = 0]: Uint8Array): string {
  return `127.${64 + (first % 64)}.${second}.${third}`
}
