import type { PinnedName } from '../pin-policy.ts'
import { parseName } from '../../names/parse-name.ts'

/** A server a client asked for by name. */
export interface ProxyTarget {
  readonly name: PinnedName
  /** Lower-case, without a trailing dot. */
  readonly domain: string
  readonly port: number
}

export type TargetReading =
  | { readonly ok: true; readonly target: ProxyTarget }
  | { readonly ok: false; readonly reason: string }

/** Printable ASCII: no letter of another script may fold into one of a name. */
const authority = /^([\w.*-]+):(\d{1,5})$/

/**
 * The target of `CONNECT host:port` (RFC 9110 s.9.3.6). Only names whose owner is a key, in npub or
 * hex form, and only `ports`: this proxy must not reach anything else on behalf of a web page.
 */
export function readConnectTarget(text: string, ports: readonly number[]): TargetReading {
  const match = authority.exec(text)
  if (match === null) return refuse('the target must be host:port')
  const port = Number(match[2])
  if (!ports.includes(port)) return refuse(`only port ${ports.join(', ')} is served`)
  return readTarget(match[1] ?? '', port)
}

/** Answers remembered: checking that a key lies on the curve takes 0.1 ms, for each of many connections. */
const capacity = 256

/** `readConnectTarget` for `ports`, each text read only once while it is in use. */
export function createTargetReader(ports: readonly number[]): (text: string) => TargetReading {
  const known = new Map<string, TargetReading>()
  return (text) => {
    const reading = known.get(text) ?? readConnectTarget(text, ports)
    if (!reading.ok) return reading
    known.delete(text)
    known.set(text, reading)
    const [oldest] = known.keys()
    if (known.size > capacity && oldest !== undefined) known.delete(oldest)
    return reading
  }
}

/** `host` as the name of a key's owner, for `port`. */
export function readTarget(host: string, port: number): TargetReading {
  const domain = host.toLowerCase()
  if (domain.endsWith('.')) return refuse('write the name without the dot at the end')
  const name = parseName(domain)
  if (name.kind !== 'nostr' || name.host.includes('*')) {
    return refuse('only names of the form npub1….nostr are served')
  }
  return { ok: true, target: { name, domain, port } }
}

function refuse(reason: string): TargetReading {
  return { ok: false, reason }
}
