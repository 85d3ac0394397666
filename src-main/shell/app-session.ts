import { readFile } from 'node:fs/promises'
import { app, protocol, session } from 'electron'
import type { Logger } from '../env/logger.ts'
import { appScheme, contentSecurityPolicy, isAppUrl, resolveAppFile } from './app-files.ts'

/** Makes `app://` a real origin; must run before the app is ready. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: appScheme, privileges: { standard: true, secure: true } },
  ])
}

/**
 * Closes the default session to everything but our own files: no permission is ever granted, no
 * request leaves the computer from a page, no page can go elsewhere or open another one.
 */
export function secureSession(rendererRoot: string, log: Logger): void {
  const own = session.defaultSession
  own.protocol.handle(appScheme, (request) => serve(rendererRoot, request, log))
  own.setPermissionRequestHandler((_contents, _permission, decide) => decide(false))
  own.setPermissionCheckHandler(() => false)
  own.setDevicePermissionHandler(() => false)
  own.webRequest.onBeforeRequest((details, decide) => {
    const isOwn = isAppUrl(details.url) || details.url.startsWith('devtools://')
    if (!isOwn) log.warn('request from the window refused', { kind: details.resourceType })
    decide({ cancel: !isOwn })
  })
  app.on('web-contents-created', (_event, contents) => {
    // Pages of the `.nostr` window have a session, and rules, of their own.
    if (contents.session !== own) return
    contents.on('will-navigate', (event) => event.preventDefault())
    contents.on('will-redirect', (event) => event.preventDefault())
    contents.on('will-frame-navigate', (event) => event.preventDefault())
    contents.on('will-attach-webview', (event) => event.preventDefault())
    contents.setWindowOpenHandler(() => ({ action: 'deny' }))
  })
}

async function serve(root: string, request: Request, log: Logger): Promise<Response> {
  const file = request.method === 'GET' ? resolveAppFile(root, request.url) : undefined
  if (file === undefined) return new Response('Not found', { status: 404 })
  try {
    return new Response(new Uint8Array(await readFile(file.path)), {
      headers: {
        'content-type': file.mediaType,
        'content-security-policy': contentSecurityPolicy,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      },
    })
  } catch (error) {
    log.warn('a file of the window is missing', { error })
    return new Response('Not found', { status: 404 })
  }
}
