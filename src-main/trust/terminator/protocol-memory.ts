import type { ProxyTarget } from '../proxy/connect-target.ts'

/** What a client will be told to speak before the server was asked. */
export interface ProtocolMemory {
  /**
   * The protocol that `target` will surely or very likely choose from `offered`, `none` for no ALPN
   * at all; undefined when it has to be waited for.
   */
  predict(target: ProxyTarget, offered: readonly string[]): string | undefined
  learn(target: ProxyTarget, chosen: string | undefined): void
}

/** No protocol is agreed on: the client did not offer any. */
export const noProtocol = 'none'

const capacity = 256

/**
 * Remembers which servers speak h2, so that both handshakes of a connection can go on at the same
 * time. A client that offers no h2 needs no memory: a server that agrees to nothing else speaks
 * http/1.1 (RFC 9110 s.7.3, RFC 7301 s.3.2).
 */
export function createProtocolMemory(): ProtocolMemory {
  /** Domain and port of servers that chose h2, in the order of use. */
  const speakers = new Set<string>()
  const keyOf = ({ domain, port }: ProxyTarget): string => `${domain}:${port}`
  return {
    predict(target, offered) {
      if (offered.includes('h2')) return speakers.has(keyOf(target)) ? 'h2' : undefined
      return offered[0] ?? noProtocol
    },
    learn(target, chosen) {
      const key = keyOf(target)
      speakers.delete(key)
      if (chosen !== 'h2') return
      speakers.add(key)
      const [oldest] = speakers
      if (speakers.size > capacity && oldest !== undefined) speakers.delete(oldest)
    },
  }
}
