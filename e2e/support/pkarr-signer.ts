import { randomBytes } from 'node:crypto'
import { generateKeyPair, SignedPacket, z32 } from 'pkarr'

/** Somebody, or the same person on another computer, who publishes with the npm package `pkarr`. */
export interface PkarrSigner {
  /** 52 z-base-32 characters. */
  readonly key: string
  /** 64 hex digits. */
  readonly seed: string
  /** What a relay holds for a zone with one address, signed `minutesAgo`. */
  zone(address: string, minutesAgo: number): Uint8Array
}

export function createPkarrSigner(): PkarrSigner {
  const seed = randomBytes(32)
  const keypair = generateKeyPair(seed)
  const key = z32.encode(keypair.publicKey)
  return {
    key,
    seed: seed.toString('hex'),
    zone(address, minutesAgo) {
      const timestamp = (Date.now() - minutesAgo * 60_000) * 1000
      return SignedPacket.fromPacket(
        keypair,
        {
          id: 0,
          type: 'response',
          flags: 0,
          answers: [{ name: '@', type: 'A', ttl: 300, data: address }],
        },
        // Microseconds; the package's declarations take every option for an object.
        { timestamp: timestamp as unknown as object },
      ).bytes()
    },
  }
}
