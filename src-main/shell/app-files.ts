import { extname, join, normalize, sep } from 'node:path'

/** The window's own scheme: a real origin, so that pages, workers and storage are told apart by it. */
export const appScheme = 'app'
export const appHost = 'nostr-dns'
export const appUrl = `${appScheme}://${appHost}/index.html`

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
}

/**
 * The file below `root` that `url` names, with its media type; undefined when the URL is not ours,
 * leaves `root`, or is of a kind the window has no use for.
 */
export function resolveAppFile(
  root: string,
  url: string,
): { readonly path: string; readonly mediaType: string } | undefined {
  if (!isAppUrl(url)) return undefined
  let name: string
  try {
    name = decodeURIComponent(new URL(url).pathname)
  } catch {
    return undefined
  }
  const isPlain = /^\/[\w./@-]+$/u.test(name) && !name.split('/').includes('..')
  const mediaType = mediaTypes[extname(name)]
  if (!isPlain || mediaType === undefined) return undefined
  const path = normalize(join(root, name))
  return path.startsWith(root + sep) ? { path, mediaType } : undefined
}

/** True for pages of our own window and for nothing else. */
export function isAppUrl(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, host, username, password } = new URL(url)
  return protocol === `${appScheme}:` && host === appHost && username === '' && password === ''
}

/** No remote content, no inline script or style, nothing framed, nothing sent. */
export const contentSecurityPolicy = [
  "default-src 'self'",
  "connect-src 'none'",
  "frame-src 'none'",
  "frame-ancestors 'none'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')
