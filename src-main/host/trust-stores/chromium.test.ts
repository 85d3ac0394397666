import { once } from 'node:events'
import { mkdir, readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findProgram, hasPrograms } from '../../env/testing/programs.ts'
import { makeTestFolder, realExec, testEnv } from '../testing/test-home.ts'
import { makeTestLeaf, makeTestRoot, type TestRoot } from '../testing/test-roots.ts'
import type { TrustStores } from '../trust-target.ts'
import { createTrustStores } from './trust-stores.ts'

/** Real Chromium in homes of the test's own (Debian: chromium, libnss3-tools, openssl). */
const name = `npub1${'q'.repeat(58)}.nostr`
const hasChromium = hasPrograms(['chromium', 'certutil', 'openssl'])

let folder: Awaited<ReturnType<typeof makeTestFolder>>
let root: TestRoot
let server: Server

beforeAll(async () => {
  folder = await makeTestFolder()
  root = makeTestRoot(folder.path, 'Nostr Names (box) 0a1b2c3d')
  const { certPath, keyPath } = makeTestLeaf(folder.path, root, name)
  server = createServer(
    { cert: await readFile(certPath), key: await readFile(keyPath) },
    (_request, response) => response.end('<p>page of the owner</p>'),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
  await folder.remove()
})

/** Whether a browser that is started now, with `home` as its home, shows the page. */
async function isTrusted(home: string): Promise<boolean> {
  const { port } = server.address() as AddressInfo
  const result = await realExec({
    program: findProgram('chromium') ?? '',
    argv: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--disable-background-networking',
      `--user-data-dir=${join(home, 'profile')}`,
      `--host-resolver-rules=MAP ${name} 127.0.0.1`,
      '--dump-dom',
      `https://${name}:${port}/`,
    ],
    variables: { HOME: home },
    timeoutMs: 60_000,
  })
  if (result.kind !== 'exited') throw new Error(JSON.stringify(result))
  const isPage = result.stdout.includes('page of the owner')
  // Anything but the page must be the certificate's doing, not a browser that did not start.
  if (!isPage && !result.stderr.includes('ERR_CERT_AUTHORITY_INVALID')) {
    throw new Error(result.stdout.slice(0, 2000) + result.stderr.slice(-2000))
  }
  return isPage
}

function makeStores(home: string): TrustStores {
  return createTrustStores(testEnv, {
    platform: 'linux',
    exec: realExec,
    home,
    variables: {},
    recordsPath: join(home, 'data/trust.json'),
    systemRoot: join(home, 'system'),
  })
}

async function installInBrowsers(stores: TrustStores): Promise<void> {
  for (const target of await stores.targets()) {
    if (target.kind === 'system') continue
    expect(await stores.install(target, root.pem)).toEqual({ ok: true })
  }
}

async function certutil(directory: string, argv: readonly string[], input = ''): Promise<void> {
  await mkdir(directory, { recursive: true })
  const words = ['-d', `sql:${directory}`, ...argv]
  expect(await realExec({ program: 'certutil', argv: words, input })).toMatchObject({ code: 0 })
}

describe.skipIf(!hasChromium)('Chromium', { timeout: 120_000 }, () => {
  it('trusts the root in the newer database alone, and no longer after the removal', async () => {
    const home = join(folder.path, 'fresh')
    await mkdir(home)
    const stores = makeStores(home)
    await installInBrowsers(stores)
    expect(await isTrusted(home)).toBe(true)
    expect(await stores.removeAll()).toMatchObject({ ok: true, value: { length: 1 } })
    expect(await isTrusted(home)).toBe(false)
  })

  it('looks at the older database when both exist, so the root goes into both', async () => {
    const home = join(folder.path, 'both')
    const newer = join(home, '.local/share/pki/nssdb')
    await certutil(newer, ['-N', '--empty-password'])
    await certutil(newer, ['-A', '-t', 'C,,', '-n', root.commonName, '-a'], root.pem)
    await certutil(join(home, '.pki/nssdb'), ['-N', '--empty-password'])
    expect(await isTrusted(home)).toBe(false)
    await installInBrowsers(makeStores(home))
    expect(await isTrusted(home)).toBe(true)
  })
})
