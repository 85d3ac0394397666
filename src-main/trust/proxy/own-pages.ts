import type { OwnAnswer } from '../terminator/own-answers.ts'
import { pacMediaType, pacText } from './pac.ts'
import { selfTestPage } from './self-test.ts'

/** What the proxy says about itself on `port`. Nothing in it is secret and nothing can be changed. */
export function ownPage(method: string, url: string, port: number): OwnAnswer {
  if (method !== 'GET' && method !== 'HEAD') {
    const refusal = plain(405, 'only GET and HEAD')
    return { ...refusal, headers: { ...refusal.headers, allow: 'GET, HEAD' } }
  }
  const [path = ''] = url.split('?')
  switch (path) {
    case '/proxy.pac':
      return { status: 200, headers: { 'content-type': pacMediaType }, body: pacText(port) }
    case '/':
      return selfTestPage(port)
    default:
      return plain(404, 'there is no such page')
  }
}

/** One line of text. */
export function plain(status: number, text: string): OwnAnswer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: `${text}\n` }
}
