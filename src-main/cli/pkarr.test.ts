import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { buildCli, type BuiltCli } from '../engine/testing/built-cli.ts'
import { startMockRelay, type MockRelay } from '../systems/pkarr/testing/mock-relay.ts'
import { zeroKey } from '../systems/pkarr/testing/vectors.ts'

let folder: string
let cli: BuiltCli
let relay: MockRelay

beforeAll(async () => {
  cli = await buildCli()
}, 60_000)
afterAll(() => cli.remove())

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nostr-dns-cli-pkarr-'))
  relay = await startMockRelay()
  await mkdir(join(folder, 'me'))
  await writeFile(
    join(folder, 'me', 'settings.json'),
    JSON.stringify({
      version: 1,
      pkarr: { relays: [relay.url], dht: { enabled: false } },
    }),
  )
})
afterEach(async () => {
  await relay.stop()
  await rm(folder, { recursive: true, force: true })
})

const run = (...args: readonly string[]): ReturnType<BuiltCli['run']> =>
  cli.run(['pkarr', ...args, '--data-dir', join(folder, 'me')])

it(
  'makes a key, publishes a zone file, finds it again and says who has it',
  { timeout: 60_000 },
  async () => {
    const made = await run('keys', 'new', 'site', '--plain', '--json')
    expect(made).toMatchObject({ code: 0 })
    const { key } = JSON.parse(made.stdout) as { key: string }
    await writeFile(
      join(folder, 'zone'),
      '@ 600 A 203.0.113.1\nwww 600 CNAME @\n@ 600 HTTPS 1 . port=8443\n',
    )
    const published = await run('publish', 'site', join(folder, 'zone'))
    expect(published).toMatchObject({ code: 0 })
    expect(published.stdout).toContain(`stored        ${relay.url}`)

    const resolved = await run('resolve', `pk:${key}`, '--fresh')
    expect(resolved).toMatchObject({ code: 0 })
    expect(resolved.stdout).toMatch(/signature checked here; from relay/u)
    expect(resolved.stdout).toContain('@ 600 A 203.0.113.1')

    const endpoints = await run('endpoints', `${key}.pkarr`)
    expect(endpoints.stdout).toContain(`port 8443  203.0.113.1  proves ${key}`)
    expect(await run('republish')).toMatchObject({ code: 0, stdout: expect.stringContaining(key) })
  },
)

it('says what is wrong, with the exit code for it', { timeout: 60_000 }, async () => {
  await run('keys', 'new', 'site', '--plain')
  await writeFile(join(folder, 'bad'), '@ 300 A nowhere\n')
  expect(await run('publish', 'site', join(folder, 'bad'))).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/line 1/u),
  })
  expect(await run('publish', 'other', join(folder, 'bad'))).toMatchObject({ code: 3 })
  expect(await run('resolve', 'not-a-key')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/not a PKARR key/u),
  })
  expect(await run('resolve', zeroKey.key, '--fresh')).toMatchObject({ code: 3 })
  expect(await run('nonsense')).toMatchObject({ code: 2 })
  await writeFile(join(folder, 'good'), '@ 300 A 203.0.113.1\n')
  expect(await run('publish', 'site', join(folder, 'good'))).toMatchObject({ code: 0 })
  await relay.stop()
  expect(await run('resolve', zeroKey.key, '--fresh')).toMatchObject({ code: 4 })
  expect(await run('publish', 'site', join(folder, 'good'))).toMatchObject({ code: 4 })
  expect(await run('republish')).toMatchObject({ code: 4 })
})

it('brings seeds in and out without showing them in arguments', { timeout: 60_000 }, async () => {
  const seed = '00'.repeat(32)
  await writeFile(join(folder, 'seed'), `${seed}\n`)
  const imported = await run('keys', 'import', 'old', '--file', join(folder, 'seed'), '--plain')
  expect(imported.stdout).toContain(zeroKey.key)
  expect(await run('keys', 'export', 'old')).toMatchObject({ code: 2 })
  const out = join(folder, 'out')
  expect(await run('keys', 'export', 'old', '--yes', '--out', out)).toMatchObject({ code: 0 })
  expect(await readFile(out, 'utf8')).toBe(`${seed}\n`)
  expect((await stat(out)).mode & 0o777).toBe(0o600)
  expect(await run('keys', 'export', 'old', '--yes', '--out', out)).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/exists already/u),
  })
  expect(await run('keys', 'rename', 'old', 'new')).toMatchObject({ code: 0 })
  expect(await run('keys', 'remove', 'new', '--yes')).toMatchObject({ code: 0 })
  expect((await run('keys', 'list')).stdout).toContain('no PKARR keys yet')
})

it('runs a relay until it is told to stop', { timeout: 60_000 }, async () => {
  const child = cli.start([
    'pkarr',
    'relay',
    '--port',
    '0',
    '--json',
    '--data-dir',
    join(folder, 'relay'),
  ])
  try {
    const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer]
    const { url } = JSON.parse(line.toString()) as { url: string }
    const page = await fetch(url)
    expect(page.status).toBe(200)
    expect((await fetch(`${url}/nonsense`)).status).toBe(400)
  } finally {
    child.kill('SIGTERM')
  }
  const [code] = (await once(child, 'exit')) as [number]
  expect(code).toBe(0)
})
