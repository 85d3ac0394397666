import type { Socket } from 'node:net'
import type { Upstream } from './upstream.ts'

/** Silence after which a connection is given up. Milliseconds. */
const idleTimeoutMs = 3_600_000
/** Time one direction may stay open after the other has ended. Milliseconds. */
const halfOpenTimeoutMs = 60_000

/** Copies both ways until both sides have ended; an end or an error of one reaches the other. */
export function splice(browser: Socket, upstream: Upstream): void {
  join(browser, upstream.socket)
  join(upstream.socket, browser)
  browser.pipe(upstream.socket)
  upstream.deliverTo(browser)
}

function join(one: Socket, other: Socket): void {
  one.setTimeout(idleTimeoutMs)
  one.on('timeout', () => one.destroy())
  one.on('error', () => undefined)
  one.on('end', () => other.setTimeout(halfOpenTimeoutMs))
  one.on('close', () => {
    // What it was still to be told may take as long as a half-open connection, no longer.
    other.setTimeout(halfOpenTimeoutMs)
    other.destroySoon()
  })
}
