import { pacMediaType, pacText } from './pac.ts'

export interface OwnPage {
  readonly status: number
  readonly type: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

/** What the proxy says about itself on `port`. Nothing in it is secret and nothing can be changed. */
export function ownPage(method: string, url: string, port: number): OwnPage {
  if (method !== 'GET' && method !== 'HEAD') {
    return { ...plain(405, 'only GET and HEAD'), headers: { allow: 'GET, HEAD' } }
  }
  const [path = ''] = url.split('?')
  switch (path) {
    case '/proxy.pac':
      return { status: 200, type: pacMediaType, body: pacText(port) }
    case '/':
      return plain(
        200,
        `Nostr DNS is running. Automatic proxy address: http://127.0.0.1:${port}/proxy.pac`,
      )
    default:
      return plain(404, 'there is no such page')
  }
}

function plain(status: number, text: string): OwnPage {
  return { status, type: 'text/plain; charset=utf-8', body: `${text}\n` }
}
