import type { Socket } from 'node:net'

/** Silence after which a connection is given up. Milliseconds. */
const idleTimeoutMs = 3_600_000
/** Time one direction may stay open after the other has ended. Milliseconds. */
const halfOpenTimeoutMs = 60_000

/** Copies both ways until both sides have ended; an end or an error of one reaches the other. */
export function splice(a: Socket, b: Socket): void {
  join(a, b)
  join(b, a)
  a.pipe(b)
  b.pipe(a)
}

function join(one: Socket, other: Socket): void {
  one.setTimeout(idleTimeoutMs, () => one.destroy())
  one.on('error', () => undefined)
  one.on('end', () => other.setTimeout(halfOpenTimeoutMs))
  one.on('close', () => other.destroySoon())
}
