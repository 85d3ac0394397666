import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type BrowserContext } from 'playwright'
import { findProgram } from '../../../env/testing/programs.ts'
import { trustInChromium } from '../../x509/testing/chromium.ts'

export interface TestBrowser {
  readonly context: BrowserContext
  close(): Promise<void>
}

/** A real Chromium with a home folder of its own that trusts `rootPem` and uses the PAC at `pacUrl`. */
export async function openBrowser(
  rootPem: string,
  pacUrl: string,
  extraArgs: readonly string[] = [],
  options: { readonly colorScheme?: 'light' | 'dark' } = {},
): Promise<TestBrowser> {
  const home = await mkdtemp(join(tmpdir(), 'nostr-dns-browser-'))
  await trustInChromium(home, [rootPem])
  const { XDG_DATA_HOME: _data, XDG_CONFIG_HOME: _config, ...rest } = process.env
  const variables = Object.entries({ ...rest, HOME: home }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
  const context = await chromium.launchPersistentContext(join(home, 'profile'), {
    executablePath: findProgram('chromium') ?? '',
    env: Object.fromEntries(variables),
    ...options,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--proxy-pac-url=${pacUrl}`,
      ...extraArgs,
    ],
  })
  return {
    context,
    async close() {
      await context.close()
      await rm(home, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
