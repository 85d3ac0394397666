import type { RandomSource } from '../../env/env.ts'

const poolSize = 4096

/** Small random numbers drawn from a secure source in bulk: a system call per query is too dear. */
export interface RandomPool {
  octet(): number
  /** 0..65535, uniform. */
  uint16(): number
}

export function createRandomPool(random: RandomSource): RandomPool {
  let bytes = random.bytes(poolSize)
  let at = 0
  const octet = (): number => {
    if (at >= bytes.length) {
      bytes = random.bytes(poolSize)
      at = 0
    }
    const value = bytes[at] ?? 0
    at += 1
    return value
  }
  return { octet, uint16: () => (octet() << 8) | octet() }
}
