import { readUint16, writeUint16 } from '../packet-layout.ts'
import type { RandomPool } from './random-pool.ts'
import type { OpenUpstreamSocket, UpstreamSocket } from './udp-socket.ts'

/** Sockets, and so source ports, in use at a time: an off-path attacker must guess among them. */
const laneCount = 8
/** A source port is given up after this long in use. Milliseconds. */
const laneLifetimeMs = 30_000
/** A given-up socket still waits for its last answers. Milliseconds. */
const lingerMs = 5_000

/** A query waiting for its answer on one socket. */
export interface Waiting {
  /** The query sent; its id is written by `send`. */
  readonly packet: Uint8Array
  onResponse(packet: Uint8Array, length: number): void
  onUnreachable(code: string): void
}

/** Takes a query back. */
export type Withdraw = () => void

interface Lane {
  readonly socket: UpstreamSocket
  readonly waiting: Map<number, Waiting>
  endsAtMs: number
  isDead: boolean
}

/** A pool of connected sockets to one upstream; each query takes a random one and a random id. */
export interface UdpLanes {
  send(waiting: Waiting): Withdraw
  /** Replaces sockets that are old and closes those given up. */
  maintain(nowMs: number): void
  close(): void
}

export function createUdpLanes(
  open: OpenUpstreamSocket,
  address: string,
  port: number,
  random: RandomPool,
): UdpLanes {
  const lanes = new Array<Lane | undefined>(laneCount).fill(undefined)
  const lingering = new Set<Lane>()
  let now = 0

  const discard = (lane: Lane): void => {
    lane.isDead = true
    lane.socket.close()
    lingering.delete(lane)
    const index = lanes.indexOf(lane)
    if (index >= 0) lanes[index] = undefined
  }

  const openLane = (): Lane => {
    const waiting = new Map<number, Waiting>()
    const socket = open(address, port, {
      onPacket(packet, length) {
        if (length < 2) return
        // Unknown ids are late answers or guesses; the receiver checks the question.
        waiting.get(readUint16(packet, 0))?.onResponse(packet, length)
      },
      onError(code) {
        if (lane.isDead) return
        discard(lane)
        const cutOff = [...waiting.values()]
        waiting.clear()
        for (const entry of cutOff) entry.onUnreachable(code)
      },
    })
    // Spread over time, so that ports do not all change at once.
    const lifetime = laneLifetimeMs + random.octet() * 100
    const lane: Lane = { socket, waiting, endsAtMs: now + lifetime, isDead: false }
    return lane
  }

  return {
    send(entry) {
      const index = random.octet() % laneCount
      const lane = (lanes[index] ??= openLane())
      let id = random.uint16()
      while (lane.waiting.has(id)) id = random.uint16()
      writeUint16(entry.packet, 0, id)
      lane.waiting.set(id, entry)
      lane.socket.send(entry.packet)
      return () => {
        if (lane.waiting.get(id) === entry) lane.waiting.delete(id)
      }
    },
    maintain(nowMs) {
      now = nowMs
      for (const [index, lane] of lanes.entries()) {
        if (!lane || nowMs < lane.endsAtMs) continue
        lanes[index] = undefined
        lane.endsAtMs = nowMs + lingerMs
        lingering.add(lane)
      }
      for (const lane of lingering) {
        if (lane.waiting.size === 0 || nowMs >= lane.endsAtMs) discard(lane)
      }
    },
    close() {
      for (const lane of [...lanes, ...lingering]) if (lane) discard(lane)
    },
  }
}
