import { readUint16, writeUint16 } from '../packet-layout.ts'
import type { RandomPool } from './random-pool.ts'
import type { OpenUpstreamSocket, UpstreamSocket } from './udp-socket.ts'

/** Sockets, and so source ports, in use at a time: an off-path attacker must guess among them. */
const laneCount = 8
/** A source port is given up after this long in use. Milliseconds. */
const laneLifetimeMs = 30_000
/** A given-up socket still waits for its last answers. Milliseconds. */
const lingerMs = 5_000

/** A query waiting for its answer; the place it waits at is filled in by `send`. */
export interface Exchange {
  /** The query in its first `length` octets; `send` writes a new id into it. */
  readonly packet: Uint8Array
  length: number
  /** Where the exchange waits for its answer, under which id; undefined when nowhere. */
  waitingAt: Map<number, Exchange> | undefined
  id: number
  onResponse(packet: Uint8Array, length: number): void
  onUnreachable(code: string): void
}

/** Puts `exchange` under a random free id among `waiting`. */
export function enlist(
  exchange: Exchange,
  waiting: Map<number, Exchange>,
  random: RandomPool,
): void {
  let id = random.uint16()
  while (waiting.has(id)) id = random.uint16()
  writeUint16(exchange.packet, 0, id)
  exchange.id = id
  exchange.waitingAt = waiting
  waiting.set(id, exchange)
}

/** Takes `exchange` back from wherever it waits. */
export function withdraw(exchange: Exchange): void {
  exchange.waitingAt?.delete(exchange.id)
  exchange.waitingAt = undefined
}

/** Ends every exchange in `waiting`. */
export function cutOff(waiting: Map<number, Exchange>, code: string): void {
  const exchanges = [...waiting.values()]
  waiting.clear()
  for (const exchange of exchanges) {
    exchange.waitingAt = undefined
    exchange.onUnreachable(code)
  }
}

interface Lane {
  readonly socket: UpstreamSocket
  readonly waiting: Map<number, Exchange>
  endsAtMs: number
  isDead: boolean
}

/** A pool of connected sockets to one upstream; each query takes a random one and a random id. */
export interface UdpLanes {
  send(exchange: Exchange): void
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
    const waiting = new Map<number, Exchange>()
    const socket = open(address, port, {
      onPacket(packet, length) {
        if (length < 2) return
        // Unknown ids are late answers or guesses; the receiver checks the question.
        waiting.get(readUint16(packet, 0))?.onResponse(packet, length)
      },
      onError(code) {
        if (lane.isDead) return
        discard(lane)
        cutOff(waiting, code)
      },
    })
    // Spread over time, so that ports do not all change at once.
    const lifetime = laneLifetimeMs + random.octet() * 100
    const lane: Lane = { socket, waiting, endsAtMs: now + lifetime, isDead: false }
    return lane
  }

  return {
    send(exchange) {
      const lane = (lanes[random.octet() % laneCount] ??= openLane())
      enlist(exchange, lane.waiting, random)
      lane.socket.send(exchange.packet, exchange.length)
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
