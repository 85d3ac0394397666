import type { RandomSource } from '../env/env.ts'

/** A uniformly drawn whole number of milliseconds from `least` to `most`, both included. */
export function randomDelayMs(random: RandomSource, least: number, most: number): number {
  const [high = 0, low = 0] = random.bytes(2)
  return least + Math.floor(((high * 256 + low) / 65_536) * (most - least + 1))
}
