import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildCli, type BuiltCli } from '../engine/testing/built-cli.ts'
import { startTestRelay, type TestRelay } from '../engine/testing/test-relay.ts'

let folder: string
let cli: BuiltCli
const relays: TestRelay[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nostr-dns-cli-cert-'))
  cli = await buildCli()
  relays.push(await startTestRelay(), await startTestRelay())
  await writeFile(join(folder, 'passphrase'), 'correct horse\n')
}, 60_000)

afterAll(async () => {
  await Promise.all(relays.map((relay) => relay.stop()))
  cli.remove()
  await rm(folder, { recursive: true, force: true })
})

const run = (...args: readonly string[]): ReturnType<BuiltCli['run']> =>
  cli.run([
    ...args,
    ...['--data-dir', join(folder, 'me')],
    ...['--passphrase-file', join(folder, 'passphrase')],
    ...relays.flatMap(({ url }) => ['--relay', url]),
  ])

it('publishes, tells when it is still published, and withdraws', { timeout: 60_000 }, async () => {
  expect(await run('keys', 'new', 'web')).toMatchObject({ code: 0 })
  expect(await run('cert', 'withdraw')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/has not been published/u),
  })
  expect(await run('publish', 'ip', '203.0.113.10')).toMatchObject({ code: 0 })
  expect(await run('cert', 'new')).toMatchObject({ code: 0 })
  expect(await run('cert', 'publish')).toMatchObject({ code: 0 })
  expect((await run('cert', 'show')).stdout).toMatch(/@ \(current, published\)/u)

  const removed = await run('cert', 'remove', '--yes')
  expect(removed).toMatchObject({ code: 0 })
  expect(removed.stdout).toMatch(/still published[\s\S]*cert withdraw/u)

  const withdrawn = await run('cert', 'withdraw')
  expect(withdrawn).toMatchObject({ code: 0 })
  expect(withdrawn.stdout).toMatch(/^@ has no published certificate any more/u)
  const pins = await run('resolve', `_443._tcp.${await ownName()}`, 'TLSA', '--json')
  expect(JSON.parse(pins.stdout)).toMatchObject({ answers: [] })

  expect(await run('cert', 'new')).toMatchObject({ code: 0 })
  const quiet = await run('cert', 'remove', '--yes')
  expect(quiet.stdout).not.toMatch(/still published/u)
})

it.each([
  ['no name', [], 2],
  ['an empty name', [''], 2],
  ['two names', ['a.nostr', 'b.nostr'], 2],
  ['two ports', ['a.nostr:443:4443'], 2],
  ['no port after the colon', ['a.nostr:'], 2],
  ['a port that is none', ['a.nostr:99999'], 2],
  ['an address of the web', ['https://a.nostr/'], 2],
  ['a name that is no key', ['example.com'], 2],
  ['a secret key', [`nsec1${'q'.repeat(58)}`], 2],
])('verify of %s is wrong usage', { timeout: 60_000 }, async (_what, words, code) => {
  const done = await run('verify', ...words)
  expect(done).toMatchObject({ code, stdout: '' })
  expect(done.stderr).not.toMatch(/nsec1q/u)
})

async function ownName(): Promise<string> {
  const { stdout } = await run('keys', 'list', '--json')
  const [identity] = JSON.parse(stdout) as { npub: string }[]
  return `${identity?.npub}.nostr`
}
