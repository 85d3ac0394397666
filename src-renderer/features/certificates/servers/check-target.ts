import { text } from '../../../text/catalogue.ts'

const words = text.certificates.check

export type CheckTarget =
  | { readonly domain: string; readonly port?: number }
  | { readonly error: string; readonly isSecret?: true }

/**
 * What a person typed, as a server to check: a name, a name with a port, or an https address as
 * copied from a browser. A port in its own field wins over one in the name.
 */
export function parseCheckTarget(typed: string, portText: string): CheckTarget {
  if (/nsec1/iu.test(typed)) return { error: words.secret, isSecret: true }
  const [, host = '', given = ''] =
    /^(?:https?:\/\/)?([^/:?#\s]+)(?::(\d*))?(?:[/?#].*)?$/iu.exec(typed.trim()) ?? []
  if (host === '') return { error: words.missing }
  const domain = host.replace(/\.$/u, '').toLowerCase()
  const wanted = portText.trim() || given
  if (wanted === '') return { domain }
  const port = parsePort(wanted)
  return port === undefined ? { error: words.badPort } : { domain, port }
}

/** 1 to 65535, or undefined. */
export function parsePort(typed: string): number | undefined {
  const port = /^\d{1,5}$/u.test(typed) ? Number(typed) : 0
  return port >= 1 && port <= 65_535 ? port : undefined
}
