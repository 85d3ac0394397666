import type { ProxyTarget } from '../proxy/connect-target.ts'

/** What was spoken with a server last time, to guess what will be spoken now. */
export interface ProtocolMemory {
  /**
   * The protocol that `target` will surely or very likely choose from `offered`, `none` for no ALPN
   * at all; undefined when it has to be waited for.
   */
  predict(target: ProxyTarget, offered: readonly string[]): string | undefined
  /** What clients of `target` offered last; undefined when there was none. */
  lastOffer(target: ProxyTarget): readonly string[] | undefined
  learn(target: ProxyTarget, offered: readonly string[], chosen: string | undefined): void
}

/** No protocol is agreed on: the client did not offer any. */
export const noProtocol = 'none'

const capacity = 256

interface Memory {
  readonly offered: readonly string[]
  readonly speaksHttp2: boolean
}

/**
 * Remembers which servers speak h2, so that both handshakes of a connection can go on at the same
 * time. A client that offers no h2 needs no memory: a server that agrees to nothing else speaks
 * http/1.1 (RFC 9110 s.7.3, RFC 7301 s.3.2).
 */
export function createProtocolMemory(): ProtocolMemory {
  /** By domain and port, in the order of use. */
  const memories = new Map<string, Memory>()
  const keyOf = ({ domain, port }: ProxyTarget): string => `${domain}:${port}`
  return {
    predict(target, offered) {
      if (!offered.includes('h2')) return offered[0] ?? noProtocol
      return memories.get(keyOf(target))?.speaksHttp2 === true ? 'h2' : undefined
    },
    lastOffer: (target) => memories.get(keyOf(target))?.offered,
    learn(target, offered, chosen) {
      const key = keyOf(target)
      const known = memories.get(key)?.speaksHttp2 ?? false
      // A client that offers no h2, such as a WebSocket, says nothing about the server.
      const speaksHttp2 = offered.includes('h2') ? chosen === 'h2' : known
      memories.delete(key)
      memories.set(key, { offered, speaksHttp2 })
      const [oldest] = memories.keys()
      if (memories.size > capacity && oldest !== undefined) memories.delete(oldest)
    },
  }
}
