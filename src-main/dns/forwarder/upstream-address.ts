import { isIP } from 'node:net'
import type { Result } from '../../env/errors.ts'
import { fail, ok } from '../../env/errors.ts'

/** Where to ask: a resolver over UDP and TCP, or one over HTTPS (RFC 8484). */
export type UpstreamAddress =
  | {
      readonly kind: 'dns'
      /** As written in the settings. */
      readonly text: string
      readonly address: string
      readonly port: number
    }
  | { readonly kind: 'doh'; readonly text: string; readonly url: URL }

const dnsPort = 53
const withPort = /^(?<address>[\d.]+):(?<port>\d{1,5})$/
const bracketed = /^\[(?<address>[^\]]+)\](?::(?<port>\d{1,5}))?$/

/**
 * Reads an upstream as people write it: `8.8.8.8`, `1.1.1.1:53`, `2606:4700::1111`,
 * `[2606:4700::1111]:53`, `https://dns.google/dns-query`. `http://` is for loopback only.
 */
export function parseUpstream(text: string): Result<UpstreamAddress> {
  const trimmed = text.trim()
  if (/^https?:\/\//i.test(trimmed)) return parseDoh(trimmed)
  if (isIP(trimmed) !== 0) {
    return ok({ kind: 'dns', text: trimmed, address: trimmed, port: dnsPort })
  }
  const groups = (withPort.exec(trimmed) ?? bracketed.exec(trimmed))?.groups
  const address = groups?.['address'] ?? ''
  const port = Number(groups?.['port'] ?? dnsPort)
  const isBracketed = trimmed.startsWith('[')
  if (isIP(address) === (isBracketed ? 6 : 4) && port >= 1 && port <= 65_535) {
    return ok({ kind: 'dns', text: trimmed, address, port })
  }
  return fail(
    'dns.bad-upstream',
    `"${trimmed}" is not an upstream resolver.`,
    'Write an IP address such as 8.8.8.8, 1.1.1.1:53 or [2606:4700::1111]:53, or an https:// address.',
  )
}

function parseDoh(text: string): Result<UpstreamAddress> {
  if (!URL.canParse(text)) {
    return fail('dns.bad-upstream', `"${text}" is not a web address.`)
  }
  const url = new URL(text)
  const isLoopback = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)
  if (url.protocol === 'http:' && !isLoopback) {
    return fail(
      'dns.bad-upstream',
      `"${text}" would send every name in the clear.`,
      'Use https:// instead.',
    )
  }
  if (url.username !== '' || url.password !== '') {
    return fail('dns.bad-upstream', 'An upstream address must not hold a user name or password.')
  }
  return ok({ kind: 'doh', text, url })
}
