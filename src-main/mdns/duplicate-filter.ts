import type { Clock } from '../env/env.ts'

/** How long a packet counts as the same one. Less than the time between two probes. Milliseconds. */
const windowMs = 100
const mostKept = 32

/**
 * Says whether the same octets came from the same place a moment ago. Where two interfaces are on
 * one network, every packet arrives on both, and Linux hands both copies to every socket.
 */
export function createDuplicateFilter(
  clock: Clock,
): (bytes: Uint8Array, address: string, port: number) => boolean {
  let recent: readonly { readonly text: string; readonly atMs: number }[] = []
  return (bytes, address, port) => {
    const now = clock.nowMs()
    const text = `${address} ${port} ${Buffer.from(bytes).toString('latin1')}`
    recent = recent.filter(({ atMs }) => now - atMs < windowMs && now >= atMs)
    if (recent.some((other) => other.text === text)) return true
    recent = [...recent, { text, atMs: now }].slice(-mostKept)
    return false
  }
}
