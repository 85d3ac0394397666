/** Which listener a query came in by; decides what happens to names that are not managed. */
export type Endpoint = 'proxy' | 'split' | 'doh'

/**
 * Sends an answer that was not ready at once. `answer` is scratch memory: copy it before returning.
 * `maxAge` is how many seconds the answer stays fresh.
 */
export type LateReply = (answer: Uint8Array, length: number, maxAge: number) => void

/** The server behind every listener. */
export interface QueryHandler {
  /**
   * Answers the query in the first `length` octets of `packet`. Writes the answer to the start of
   * `out` and returns its length; returns 0 when there is none now: either never (not a query), or
   * later through what `capture` gives, which is called before `handle` returns. `out` holds at
   * least 1232 octets for `udp`, 65,535 for `stream`. `packet` may be reused afterwards.
   */
  handle(
    packet: Uint8Array,
    length: number,
    out: Uint8Array,
    transport: 'udp' | 'stream',
    endpoint: Endpoint,
    capture: () => LateReply,
  ): number
  /** Seconds the answer just returned stays fresh. */
  maxAge(): number
}

/** An open listening socket. */
export interface OpenListener {
  readonly address: string
  readonly port: number
  close(): Promise<void>
}

/** Asked of the kernel: at 5,000 queries/s it holds two seconds of them. The sysctl may grant less. */
export const wantedReceiveBuffer = 4 * 1024 * 1024

/** Only this computer is served, whatever the socket is bound to. */
export function isLoopbackAddress(address: string): boolean {
  return address.startsWith('127.') || address === '::1' || address.startsWith('::ffff:127.')
}
