import { join } from 'node:path'
import { BaseWindow, nativeTheme, WebContentsView, type Session, type WebContents } from 'electron'
import type { Snapshot } from '../../src-preload/contract/model.ts'
import type { Env, Unsubscribe } from '../env/env.ts'
import { fail, type Result } from '../env/errors.ts'
import { repeat } from '../env/repeat.ts'
import type { EngineProcess } from './engine-process.ts'
import { placeOf, readNostrAddress, type NostrAddress } from './nostr-address.ts'
import { notAskedPage } from './not-asked-page.ts'
import { blockedUrl, endNostrSession, openNostrSession } from './nostr-session.ts'
import { createNostrVerdicts, type NostrVerdicts } from './nostr-verdicts.ts'

export interface NostrWindow {
  /** Opens a page in the window; a Problem when the text is no address of a key's name. */
  open(text: string): Promise<Result<void>>
  /** The engine's state changed: what is shown may no longer be vouched for. */
  follow(snapshot: Snapshot): void
  /** The engine was started anew: the session's proxy is gone. */
  engineRestarted(): void
  close(): void
}

export interface NostrWindowOptions {
  readonly engine: Pick<EngineProcess, 'call'>
  readonly assets: string
  /** A page leads to the public web: for the user's own browser, if the user agrees. */
  openOutside(url: string, parent: BaseWindow): void
}

/** One session of the window, from the engine's `prepare` on. */
interface Visit {
  readonly session: Session
  readonly view: WebContentsView
  readonly verdicts: NostrVerdicts
  evidence: string
  blockedPage: string
}

/** Owners may withdraw a certificate while its page is open. Milliseconds. */
const reviewPeriodMs = 60_000
const aborted = -3

/**
 * The window for pages of `.nostr` names, in which the owner's key alone vouches for a server. It
 * needs no authority and no setting of the system (specs: tls-trust s.5.2, last paragraph).
 *
 * Chromium remembers verdicts about certificates for as long as a session lives. So whenever one was
 * refused, or one that was accepted no longer stands, the next page gets a new session.
 */
export function createNostrWindow(env: Env, options: NostrWindowOptions): NostrWindow {
  const { engine } = options
  const log = env.log.child('nostr-window')
  let window: BaseWindow | undefined
  let visit: Visit | undefined
  let address: NostrAddress | undefined
  let visits = 0
  let stopReviews: Unsubscribe | undefined
  let isReviewing = false

  const openWindow = (): BaseWindow => {
    const opened = new BaseWindow({
      width: 1100,
      height: 760,
      minWidth: 400,
      minHeight: 300,
      title: 'Nostr DNS',
      icon: join(options.assets, 'icon.png'),
      backgroundColor: nativeTheme.shouldUseDarkColors ? '#16161a' : '#ffffff',
    })
    if (process.platform !== 'darwin') opened.setMenu(null)
    opened.on('resize', () => fit())
    opened.on('closed', () => {
      window = undefined
      visits += 1
      stopReviews?.()
      leave()
    })
    stopReviews = repeat(env.clock, reviewPeriodMs, () => void review())
    return opened
  }

  const fit = (): void => {
    if (window === undefined || visit === undefined) return
    const { width, height } = window.getContentBounds()
    visit.view.setBounds({ x: 0, y: 0, width, height })
  }

  /** Lets go of the session: its pages, connections and what they stored. */
  const leave = (): void => {
    const left = visit
    visit = undefined
    if (left === undefined) return
    window?.contentView.removeChildView(left.view)
    left.view.webContents.close()
    endNostrSession(left.session).catch((error: unknown) => log.warn('session', { error }))
  }

  const renew = async (): Promise<void> => {
    const number = (visits += 1)
    const wanted = address
    if (wanted === undefined) return
    entitle('Opening')
    const prepared = await engine.call('nostrWindow.prepare', {})
    if (number !== visits) return
    const verdicts = createNostrVerdicts(engine)
    const session = await openNostrSession({
      partition: `nostr-window-${number}`,
      proxyPort: prepared.ok ? prepared.value.proxyPort : 0,
      judge: (host, der) => verdicts.judge(host, portFor(host), der),
      blockedPage: () => next.blockedPage,
      log,
    })
    if (number !== visits || window === undefined) {
      await endNostrSession(session)
      return
    }
    const view = new WebContentsView({
      webPreferences: {
        session,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        webviewTag: false,
        spellcheck: false,
        safeDialogs: true,
        navigateOnDragDrop: false,
      },
    })
    const next: Visit = { session, view, verdicts, evidence: '', blockedPage: '' }
    leave()
    visit = next
    guard(next)
    window.contentView.addChildView(view)
    fit()
    view.webContents.focus()
    if (prepared.ok) load(next, wanted.url)
    else block(next, notAskedPage(wanted.domain, prepared.error))
  }

  const portFor = (host: string): number =>
    address?.domain === host.toLowerCase() ? address.port : 443

  const load = ({ view }: Visit, url: string): void => {
    // A failure arrives as `did-fail-load`, too.
    view.webContents.loadURL(url).catch(() => undefined)
  }

  const block = (shown: Visit, page: string): void => {
    shown.blockedPage = page
    load(shown, blockedUrl)
  }

  const explain = async (shown: Visit): Promise<void> => {
    if (address === undefined) return
    const page = await shown.verdicts.explain(address)
    if (shown === visit) block(shown, page)
  }

  const entitle = (state: string, title = ''): void => {
    const name = address?.domain ?? ''
    window?.setTitle(title === '' ? `${state}: ${name}` : `${state}: ${name} (${title})`)
  }

  /** Shows `url`, in a new session when this one remembers a refusal. */
  const visitPage = async (wanted: NostrAddress): Promise<void> => {
    address = wanted
    if (visit?.verdicts.isClean() === true) {
      entitle('Opening')
      load(visit, wanted.url)
    } else await renew()
  }

  /** A wish of a page to go to `url`; true when the page may do so by itself. */
  const admit = (url: string): boolean => {
    if (url === blockedUrl) {
      void renew()
      return false
    }
    const place = placeOf(url)
    if (place === 'public' && window !== undefined) options.openOutside(url, window)
    return place === 'nostr'
  }

  const guard = (shown: Visit): void => {
    const contents = shown.view.webContents
    contents.setWebRTCIPHandlingPolicy('disable_non_proxied_udp')
    contents.setWindowOpenHandler(({ url }) => {
      const read = placeOf(url) === 'nostr' ? readNostrAddress(url) : undefined
      if (read?.ok === true) void visitPage(read.value)
      else admit(url)
      return { action: 'deny' }
    })
    contents.on('will-navigate', (event) => {
      if (event.isMainFrame && !admit(event.url)) event.preventDefault()
    })
    contents.on('will-redirect', (event) => {
      if (event.isMainFrame && !admit(event.url)) event.preventDefault()
    })
    contents.on('will-attach-webview', (event) => event.preventDefault())
    contents.on('select-client-certificate', (event, _url, _list, choose) => {
      // Without an answer the first certificate of the user would be shown to the page's server.
      event.preventDefault()
      ;(choose as () => void)()
    })
    contents.on('did-start-navigation', (event) => {
      if (!event.isMainFrame || event.isSameDocument) return
      const read = readNostrAddress(event.url)
      if (read.ok && event.url !== blockedUrl) address = read.value
    })
    contents.on('did-navigate', (_event, url) => {
      entitle(url === blockedUrl ? 'Blocked' : 'Verified')
    })
    contents.on('did-navigate-in-page', (_event, url, isMainFrame) => {
      const read = readNostrAddress(url)
      if (isMainFrame && read.ok) address = read.value
    })
    contents.on('page-title-updated', (event, title) => {
      event.preventDefault()
      if (contents.getURL() !== blockedUrl) entitle('Verified', title)
    })
    contents.on('did-fail-load', (_event, code, _description, url, isMainFrame) => {
      if (isMainFrame && code !== aborted && url !== blockedUrl) void explain(shown)
    })
    contents.on('render-process-gone', (_event, { reason }) => {
      log.error('a page crashed', { reason })
      if (shown === visit && reason !== 'clean-exit') void renew()
    })
    contents.on('before-input-event', (_event, { type, key, control, meta, alt }) => {
      if (type === 'keyDown') press(contents, key.toLowerCase(), control || meta, alt)
    })
  }

  const press = (contents: WebContents, key: string, command: boolean, alt: boolean): void => {
    if (key === 'f5' || (command && key === 'r')) {
      if (contents.getURL() === blockedUrl) void renew()
      else contents.reload()
    } else if (command && key === 'w') window?.close()
    else if (alt && key === 'arrowleft') contents.navigationHistory.goBack()
    else if (alt && key === 'arrowright') contents.navigationHistory.goForward()
  }

  const review = async (): Promise<void> => {
    const shown = visit
    if (shown === undefined || isReviewing || !shown.verdicts.isClean()) return
    isReviewing = true
    const stands = await shown.verdicts.stillStand()
    isReviewing = false
    if (!stands && shown === visit) await renew()
  }

  return {
    async open(text) {
      const read = readNostrAddress(text)
      if (!read.ok) return read
      try {
        window ??= openWindow()
        if (window.isMinimized()) window.restore()
        window.show()
        window.focus()
        await visitPage(read.value)
        return { ok: true, value: undefined }
      } catch (error) {
        log.error('the window could not be opened', { error })
        return fail('window.failed', 'The window could not be opened.')
      }
    },
    follow(snapshot) {
      if (visit === undefined) return
      const evidence = visit.verdicts.evidence(snapshot)
      if (evidence === visit.evidence) return
      visit.evidence = evidence
      void review()
    },
    engineRestarted: () => void (visit === undefined ? undefined : renew()),
    close: () => window?.close(),
  }
}
