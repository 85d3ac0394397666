import '../pages/app-window.ts'
import { expect, test } from '../fixtures.ts'

test('the page has no Node, no Electron and only the bridge', async ({ launch }) => {
  const page = await (await launch()).window()
  const reachable = await page.evaluate(() => ({
    require: typeof (globalThis as Record<string, unknown>)['require'],
    process: typeof (globalThis as Record<string, unknown>)['process'],
    module: typeof (globalThis as Record<string, unknown>)['module'],
    electron: typeof (globalThis as Record<string, unknown>)['electron'],
    bridge: Object.keys(window.nostrDns).toSorted(),
    shell: Object.keys(window.nostrDns.shell).toSorted(),
    isFrozen: Object.isFrozen(window.nostrDns) && Object.isFrozen(window.nostrDns.shell),
  }))
  expect(reachable).toEqual({
    require: 'undefined',
    process: 'undefined',
    module: 'undefined',
    electron: 'undefined',
    bridge: [
      'call',
      'engineProblem',
      'engineState',
      'onDelta',
      'onEngineState',
      'onNavigate',
      'platform',
      'shell',
    ],
    shell: [
      'copyText',
      'exportKey',
      'exportPkarrSeed',
      'importKey',
      'importPkarrSeed',
      'openDocs',
      'openNostrWindow',
      'quit',
    ],
    isFrozen: true,
  })
})

test('calls that carry secrets are refused to the page', async ({ launch }) => {
  const page = await (await launch()).window()
  const codes = await page.evaluate(async () => {
    const call = (name: string, argument: unknown): Promise<unknown> =>
      window.nostrDns.call(name as 'state.snapshot', argument as Record<string, never>)
    const refused = [
      call('keys.export', { pubkey: 'a'.repeat(64), form: 'nsec' }),
      call('keys.import', { text: 'nsec1', label: 'x' }),
      call('keys.importRemote', { uri: 'bunker://x', label: 'x' }),
      call('pkarr.import', { text: 'ab'.repeat(32), label: 'x' }),
      call('pkarr.export', { key: 'y'.repeat(52), form: 'hex' }),
      call('engine.stop', {}),
      call('nostrWindow.prepare', {}),
      call('nostrWindow.judge', { domain: 'x.nostr' }),
      call('no.such-call', {}),
      call('constructor', {}),
      call('names.resolve', { name: 7 }),
    ]
    return (await Promise.all(refused)).map((reply) => {
      const { ok, error } = reply as { ok: boolean; error?: { code: string } }
      return ok ? 'ok' : error?.code
    })
  })
  expect(codes).toEqual([
    'ipc.refused',
    'ipc.refused',
    'ipc.refused',
    'ipc.refused',
    'ipc.refused',
    'ipc.refused',
    'ipc.refused',
    'ipc.refused',
    'ipc.unknown-call',
    'ipc.unknown-call',
    'ipc.bad-argument',
  ])
})

test('no secret is in the state the page gets', async ({ launch }) => {
  const page = await (await launch()).window()
  const state = await page.evaluate(async () =>
    JSON.stringify(await window.nostrDns.call('state.snapshot', {})),
  )
  expect(state).toContain('"ok":true')
  expect(state).not.toMatch(/nsec1|ncryptsec1|seckey|secret/iu)
})

test('the page cannot leave, open another page or load from outside', async ({ launch }) => {
  const app = await launch()
  const page = await app.window()
  const home = page.url()
  expect(home).toMatch(/^app:\/\/nostr-dns\//u)

  await page.evaluate(() => {
    location.href = 'https://example.com/'
  })
  await page.evaluate(() => {
    location.href = 'file:///etc/passwd'
  })
  const outcome = await page.evaluate(async () => {
    const attempt = async (url: string): Promise<string> => {
      try {
        return `loaded ${(await fetch(url)).status}`
      } catch {
        return 'blocked'
      }
    }
    return {
      opened: window.open('https://example.com/') === null,
      fetched: await attempt('http://127.0.0.1:9/'),
      escaped: await attempt('app://nostr-dns/../node/main.js'),
      other: await attempt('app://other/index.html'),
    }
  })
  expect(outcome).toEqual({
    opened: true,
    fetched: 'blocked',
    escaped: 'blocked',
    other: 'blocked',
  })
  expect(page.url()).toBe(home)
  expect(app.electron.windows()).toHaveLength(1)
})

test('permissions are denied', async ({ launch }) => {
  const page = await (await launch()).window()
  const states = await page.evaluate(async () => {
    const names = ['geolocation', 'notifications', 'camera', 'microphone'] as PermissionName[]
    const found = await Promise.all(names.map((name) => navigator.permissions.query({ name })))
    return found.map((status) => status.state)
  })
  expect(new Set(states)).toEqual(new Set(['denied']))
})
