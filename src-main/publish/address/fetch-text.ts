import { request as httpRequest, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'

/** GETs a short text over one IP family; rejects with a plain message. */
export type FetchText = (url: string, family: 4 | 6, signal: AbortSignal) => Promise<string>

/** Longest answer read: an address has at most 45 characters. Octets. */
const maxBody = 1024

/**
 * The real FetchText. It connects over exactly the family asked for, which `fetch` cannot do, and
 * follows no redirect: the answer of another host would count as this one's. Plain http is accepted
 * for a loopback address only, where nobody sits in between.
 */
export const fetchText: FetchText = (url, family, signal) =>
  new Promise((resolve, reject) => {
    const target = new URL(url)
    if (target.protocol !== 'https:' && !isLoopbackHttp(target)) {
      reject(new Error('not an https:// address'))
      return
    }
    const options: RequestOptions = {
      family,
      signal,
      agent: false,
      headers: { accept: 'text/plain', 'user-agent': 'nostr-dns' },
    }
    const send = target.protocol === 'https:' ? httpsRequest : httpRequest
    const request = send(target, options, (response) => {
      response.on('error', reject)
      if (response.statusCode !== 200) {
        request.destroy()
        reject(new Error(`HTTP status ${response.statusCode ?? 0}`))
        return
      }
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        body += chunk
        if (body.length <= maxBody) return
        request.destroy()
        reject(new Error('the answer is too long to be an address'))
      })
      response.on('end', () => resolve(body))
    })
    request.on('error', reject)
    request.end()
  })

function isLoopbackHttp(url: URL): boolean {
  return url.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
}
