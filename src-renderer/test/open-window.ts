/**
 * The built window in real Chromium over a fake engine, for tests of behaviour: the same HTML, CSS,
 * JavaScript and content security policy as ship, with `fake-bridge.ts` in the place of the preload.
 */
/* oxlint-disable no-restricted-imports -- runs in Node beside the browser, never in the window */
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, type Browser, type Page } from 'playwright'
import { build } from 'vite'
import type { FakeControls } from './fake-bridge.ts'
import type { Scene } from './fixtures.ts'

declare global {
  interface Window {
    readonly fakeEngine: FakeControls
  }
}

export interface WindowOptions {
  readonly scene?: Scene
  readonly theme?: 'light' | 'dark'
  readonly size?: { readonly width: number; readonly height: number }
}

export interface OpenedWindow {
  readonly page: Page
  /** Console errors, uncaught exceptions and policy violations so far. */
  readonly faults: readonly string[]
}

export interface WindowHarness {
  open(options?: WindowOptions): Promise<OpenedWindow>
  close(): Promise<void>
}

const chromiumPath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const root = fileURLToPath(new URL('..', import.meta.url))
const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
}

/** Builds the window once, serves it on loopback and starts a browser. */
export async function startWindowHarness(): Promise<WindowHarness> {
  if (!existsSync(chromiumPath)) {
    throw new Error(
      `These tests need Chromium at ${chromiumPath}: install it (Debian: apt-get install chromium) or set CHROMIUM to its path.`,
    )
  }
  const directory = await mkdtemp(join(tmpdir(), 'nostr-dns-window-'))
  const files = join(directory, 'window')
  const bridge = join(directory, 'bridge')
  // The test runner sets NODE_ENV; what ships is React's production build.
  const mode = process.env['NODE_ENV']
  process.env['NODE_ENV'] = 'production'
  await build({
    root,
    logLevel: 'error',
    configFile: join(root, 'vite.config.ts'),
    build: { outDir: files, emptyOutDir: true },
  })
  await build({
    root,
    logLevel: 'error',
    configFile: false,
    build: {
      outDir: bridge,
      lib: {
        entry: join(root, 'test/install-fake-bridge.ts'),
        formats: ['iife'],
        name: 'fakeBridge',
        fileName: () => 'bridge.js',
      },
    },
  })
  process.env['NODE_ENV'] = mode

  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://window')
    const path = join(files, pathname === '/' ? 'index.html' : pathname)
    readFile(path).then(
      (bytes) => {
        const type = contentTypes[extname(path)] ?? 'application/octet-stream'
        response.writeHead(200, { 'content-type': type }).end(bytes)
      },
      // No content instead of an error: browsers ask for a favicon by themselves.
      () => response.writeHead(204).end(),
    )
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo

  const browser: Browser = await chromium.launch({
    executablePath: chromiumPath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })

  return {
    async open({ scene = 'rich', theme = 'light', size = { width: 1120, height: 760 } } = {}) {
      const context = await browser.newContext({
        viewport: size,
        colorScheme: theme,
        reducedMotion: 'reduce',
      })
      const page = await context.newPage()
      const faults: string[] = []
      page.on('console', (message) => {
        if (message.type() === 'error') faults.push(message.text())
      })
      page.on('pageerror', (error) => faults.push(error.message))
      await page.addInitScript({ path: join(bridge, 'bridge.js') })
      await page.goto(`http://127.0.0.1:${port}/?scene=${scene}`)
      await page.getByTestId('nav-overview').waitFor()
      return { page, faults }
    },
    async close() {
      await browser.close()
      await new Promise((resolve) => server.close(resolve))
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** The arguments of every call of `name` so far, oldest first. */
export function callsOf(page: Page, name: string): Promise<readonly unknown[]> {
  return page.evaluate(
    (wanted) =>
      window.fakeEngine
        .calls()
        .filter((call) => call.name === wanted)
        .map(({ argument }) => argument),
    name,
  )
}
