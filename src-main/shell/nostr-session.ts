import { session, type Session } from 'electron'
import { X509Certificate } from 'node:crypto'
import type { Logger } from '../env/logger.ts'
import { appScheme } from './app-files.ts'
import { isNostrHost, placeOf } from './nostr-address.ts'

/** Where the page that explains a refusal is shown; this session alone has it. */
export const blockedUrl = `${appScheme}://blocked/`

export interface NostrSessionOptions {
  /** Name of a partition that was never used before. */
  readonly partition: string
  /** The engine's proxy for this session. */
  readonly proxyPort: number
  /** Whether the owner of `host` vouches for the certificate `der` (base64). */
  judge(host: string, der: string): Promise<boolean>
  /** The page shown at `blockedUrl`. */
  blockedPage(): string
  readonly log: Logger
}

/** Verdicts of `setCertificateVerifyProc`: accept, refuse, leave it to the public authorities. */
const accepted = 0
const refused = -2
const byAuthorities = -3

/**
 * A session for pages of `.nostr` names: nothing of it is written to disk; nothing may be asked of
 * the user or downloaded; names under `.nostr` are reached only through the engine, and only with a
 * certificate their owner vouches for.
 */
export async function openNostrSession(options: NostrSessionOptions): Promise<Session> {
  const { log } = options
  const own = session.fromPartition(options.partition, { cache: true })
  own.setCertificateVerifyProc(({ hostname, certificate }, decide) => {
    if (!isNostrHost(hostname)) {
      decide(byAuthorities)
      return
    }
    options.judge(hostname, derOf(certificate.data)).then(
      (isAllowed) => decide(isAllowed ? accepted : refused),
      (error: unknown) => {
        log.error('a certificate could not be judged', { error })
        decide(refused)
      },
    )
  })
  own.setPermissionRequestHandler((_contents, _permission, decide) => decide(false))
  own.setPermissionCheckHandler(() => false)
  own.setDevicePermissionHandler(() => false)
  own.on('will-download', (event) => event.preventDefault())
  own.webRequest.onBeforeRequest(({ url, resourceType }, decide) => {
    const isAllowed = mayRequest(url, resourceType === 'mainFrame')
    if (!isAllowed) log.warn('request of a page refused', { kind: resourceType })
    decide({ cancel: !isAllowed })
  })
  own.protocol.handle(appScheme, (request) =>
    request.url === blockedUrl
      ? new Response(options.blockedPage(), { headers: blockedHeaders })
      : new Response('Not found', { status: 404 }),
  )
  // Which program this is, and its version, are no business of the pages.
  own.setUserAgent(own.getUserAgent().replace(/ (?!AppleWebKit|Chrome|Safari)[\w-]+\/\S+/gu, ''))
  await own.setProxy({ mode: 'pac_script', pacScript: pacUrl(options.proxyPort) })
  return own
}

/** The page comes from the engine, but names and reasons in it come from anywhere. */
const blockedHeaders: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
}

/**
 * Names under `.nostr` go through the proxy, with no way around it: that would ask the public DNS.
 * Electron makes a PAC script mandatory, so a broken one leads nowhere.
 */
function pacUrl(proxyPort: number): string {
  const script = `function FindProxyForURL(url, host) {
    return /\\.nostr\\.?$/i.test(host) ? "PROXY 127.0.0.1:${proxyPort}" : "DIRECT";
  }`
  return `data:application/x-ns-proxy-autoconfig;base64,${Buffer.from(script).toString('base64')}`
}

/** Ends what a session still does, and forgets what its pages stored. */
export async function endNostrSession(own: Session): Promise<void> {
  await own.closeAllConnections()
  await own.clearStorageData()
  await own.clearCache()
}

function mayRequest(url: string, isMainFrame: boolean): boolean {
  if (url === blockedUrl) return isMainFrame
  const place = placeOf(url)
  if (isMainFrame) return place === 'nostr'
  return place !== 'forbidden' || /^(?:data|blob):/u.test(url)
}

function derOf(pem: string): string {
  return new X509Certificate(pem).raw.toString('base64')
}
