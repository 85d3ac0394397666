import { headerLength } from './packet-layout.ts'

/** Header, a name of 255 octets, type, class and an OPT record without options. */
export const packetSize = 288

/**
 * Memory for queries under way: a typed array per query costs more than answering it. A packet given
 * back is handed out again, so nobody may hold on to it.
 */
export interface PacketPool {
  take(): Uint8Array
  give(packet: Uint8Array): void
}

/** Packets kept for reuse; more than that are left to the garbage collector. */
const maxKept = 4096

export function createPacketPool(): PacketPool {
  const free: Uint8Array[] = []
  return {
    take: () => free.pop() ?? new Uint8Array(packetSize),
    give(packet) {
      if (free.length < maxKept && packet.length === packetSize) free.push(packet)
    },
  }
}

/** Copies header and question, all that answers repeat of a query. */
export function copyQuestion(from: Uint8Array, questionEnd: number, to: Uint8Array): Uint8Array {
  for (let at = 0; at < Math.max(headerLength, questionEnd); at += 1) to[at] = from[at] ?? 0
  return to
}
