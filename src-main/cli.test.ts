import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildCli, type BuiltCli } from './engine/testing/built-cli.ts'
import { startTestRelay, type TestRelay } from './engine/testing/test-relay.ts'

let folder: string
let cli: BuiltCli
const relays: TestRelay[] = []
let withRelays: readonly string[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nostr-dns-cli-'))
  cli = await buildCli()
  relays.push(await startTestRelay(), await startTestRelay())
  withRelays = [
    ...['--data-dir', join(folder, 'me')],
    ...relays.flatMap(({ url }) => ['--relay', url]),
  ]
  await writeFile(join(folder, 'passphrase'), 'correct horse\n')
}, 60_000)

afterAll(async () => {
  await Promise.all(relays.map((relay) => relay.stop()))
  cli.remove()
  await rm(folder, { recursive: true, force: true })
})

/** NIP-19's own example key. */
const nsec = 'nsec1vl029mgpspedva04g90vltkh6fvh240zqtv9k0t9af8935ke9laqsnlfe5'
const npub = 'npub10elfcs4fr0l0r8af98jlmgdh9c8tcxjvz9qkw038js35mp4dma8qzvjptg'

describe('wrong use', () => {
  it.each([
    ['no verb', [], /Usage: nostr-dns VERB/],
    ['an unknown verb', ['frobnicate'], /no verb "frobnicate"/],
    ['an option before the verb', ['--data-dir', '.', 'status'], /verb first, then --data-dir/],
    ['an unknown option', ['status', '--wrong'], /--wrong/],
    ['a missing name', ['resolve'], /give a name/],
    ['too many words', ['resolve', 'a', 'A', 'b'], /one type/],
    ['an unknown action', ['publish', 'everything'], /ip, record, zone or withdraw/],
    ['a port that is none', ['serve', '--proxy-port', 'x'], /--proxy-port/],
  ])('%s: exit 2 and a message saying what is wrong', async (_what, args, message) => {
    const result = await cli.run(args)
    expect(result.code).toBe(2)
    expect(result.stdout + result.stderr).toMatch(message)
  })

  it.each([['--help'], ['resolve', '--help'], ['--version']])('%s: exit 0', async (...args) => {
    const result = await cli.run(args)
    expect(result.code).toBe(0)
    expect(result.stderr).toBe('')
  })
})

describe('keys', () => {
  it('imports from standard input, never from arguments, and never prints the secret', async () => {
    const result = await cli.run(
      ['keys', 'import', 'web', '--passphrase-file', join(folder, 'passphrase'), ...withRelays],
      { input: `${nsec}\n` },
    )
    expect(result).toMatchObject({ code: 0, stdout: `imported web: ${npub}\n` })
    expect(result.stdout + result.stderr).not.toContain('nsec1')
    const vault = await readFile(join(folder, 'me', 'keys.json'), 'utf8')
    expect(vault).not.toContain('nsec1')
    expect(vault).not.toContain('67dea2ed018072d675f5415ecfaed7d2597555e202d85b3d65ea4e58d2d92ffa')
    expect((await stat(join(folder, 'me', 'keys.json'))).mode & 0o777).toBe(0o600)
  })

  it('refuses a locked vault without a terminal to ask on, saying what to give', async () => {
    const result = await cli.run(['keys', 'new', 'other', ...withRelays])
    expect(result.code).toBe(1)
    expect(result.stderr).toMatch(/locked[\s\S]*--passphrase-file/)
  })

  it('asks for --yes before it exports in the clear', async () => {
    const result = await cli.run(['keys', 'export', 'web', '--form', 'nsec', ...withRelays])
    expect(result.code).toBe(2)
    expect(result.stderr).toMatch(/--yes/)
    const exported = await cli.run([
      ...['keys', 'export', 'web', '--form', 'nsec', '--yes'],
      ...['--passphrase-file', join(folder, 'passphrase')],
      ...withRelays,
    ])
    expect(exported.stdout.trim()).toBe(nsec)
  })

  it('lists keys as JSON for programs', async () => {
    const result = await cli.run(['keys', 'list', '--json', ...withRelays])
    expect(JSON.parse(result.stdout)).toMatchObject([{ label: 'web', npub, isDefault: true }])
  })
})

describe('publish and resolve', () => {
  const passphrase = (): string[] => ['--passphrase-file', join(folder, 'passphrase')]

  it('publishes an address and resolves it from another folder, saying why', async () => {
    const published = await cli.run([
      ...['publish', 'ip', '203.0.113.10'],
      ...passphrase(),
      ...withRelays,
    ])
    expect(published.stdout).toMatch(/^@: published/)
    expect(published.code).toBe(0)
    const elsewhere = [
      ...['--data-dir', join(folder, 'visitor')],
      ...relays.flatMap(({ url }) => ['--relay', url]),
    ]
    const resolved = await cli.run(['resolve', `${npub}.nostr`, '--explain', ...elsewhere])
    expect(resolved.code).toBe(0)
    expect(resolved.stdout).toContain(`${npub}.nostr. 300 IN A 203.0.113.10`)
    expect(resolved.stdout).toMatch(/signed by +npub10elfcs/)
    const bare = await cli.run(['resolve', npub, 'aaaa', ...elsewhere])
    expect(bare).toMatchObject({ code: 3, stdout: '; no AAAA record\n' })
  })

  it('keeps the other records when one is set, and removes one by name and type', async () => {
    const set = await cli.run([
      ...['publish', 'record', 'www', 'CNAME', '@', '--json'],
      ...passphrase(),
      ...withRelays,
    ])
    expect(JSON.parse(set.stdout)).toMatchObject({ state: 'published' })
    const address = await cli.run(['resolve', `www.${npub}.nostr`, ...withRelays])
    expect(address.stdout).toContain('203.0.113.10')
    const removed = await cli.run([
      ...['publish', 'record', '--remove', 'www', 'CNAME'],
      ...passphrase(),
      ...withRelays,
    ])
    expect(removed.code).toBe(0)
    const gone = await cli.run(['resolve', `www.${npub}.nostr`, ...withRelays])
    expect(gone).toMatchObject({ code: 3, stdout: expect.stringContaining('NXDOMAIN') as string })
  })

  it('names the bad record', async () => {
    const result = await cli.run([
      ...['publish', 'record', '@', 'A', '203.0.113.999'],
      ...passphrase(),
      ...withRelays,
    ])
    expect(result.code).toBe(1)
    expect(result.stderr).toMatch(/203\.0\.113\.999/)
  })

  it('publishes a zone file from standard input and names the bad line of another', async () => {
    const zone = '$TTL 300\n@ IN A 203.0.113.20\nmail IN A 203.0.113.21\n@ IN MX 10 mail\n'
    const good = await cli.run(['publish', 'zone', '-', ...passphrase(), ...withRelays], {
      input: zone,
    })
    expect(good.code).toBe(0)
    const mail = await cli.run(['resolve', npub, 'MX', ...withRelays])
    expect(mail.stdout).toContain(`10 mail.${npub}.nostr.`)
    const bad = await cli.run(['publish', 'zone', '-', ...passphrase(), ...withRelays], {
      input: `${zone}oops IN A nonsense\n`,
    })
    expect(bad.code).toBe(1)
    expect(bad.stderr).toMatch(/line 5/i)
  })

  it('ends with exit code 4 when no relay can be reached, and keeps the event for later', async () => {
    const alone = ['--data-dir', join(folder, 'me'), '--relay', 'ws://127.0.0.1:9']
    const published = await cli.run([
      ...['publish', 'ip', '203.0.113.30'],
      ...passphrase(),
      ...alone,
    ])
    expect(published).toMatchObject({
      code: 4,
      stdout: expect.stringContaining('saved here') as string,
    })
    const unknown = await cli.run([
      ...['resolve', 'npub1sn0wdenkukak0d9dfczzeacvhkrgz92ak56egt7vdgzn8pv2wfqqhrjdv9.nostr'],
      ...['--data-dir', join(folder, 'fresh'), '--relay', 'ws://127.0.0.1:9'],
    ])
    expect(unknown.code).toBe(4)
    expect(unknown.stdout).toContain('SERVFAIL')
  })

  it('withdraws a name', async () => {
    const result = await cli.run(['publish', 'withdraw', ...passphrase(), ...withRelays])
    expect(result.code).toBe(0)
    expect((await cli.run(['resolve', npub, ...withRelays])).code).toBe(3)
  })
})

describe('serve', () => {
  it('answers the other verbs over its socket, and ends cleanly on SIGTERM', async () => {
    const data = ['--data-dir', join(folder, 'served')]
    const engine = cli.start([
      ...['serve', ...data, '--json', '--metrics-port', '0'],
      ...['--proxy-port', '0', '--split-port', '0', '--doh-port', '0'],
      ...['--relay', relays[0]?.url ?? ''],
    ])
    let output = ''
    const ended = new Promise<number | null>((resolve) => engine.once('close', resolve))
    await new Promise<void>((resolve) => {
      engine.stdout?.setEncoding('utf8').on('data', (text: string) => {
        output += text
        if (output.includes('"message":"ready"')) resolve()
      })
    })
    const status = await cli.run(['status', '--json', ...data])
    expect(JSON.parse(status.stdout)).toMatchObject({ resolver: { enabled: true } })
    const clash = await cli.run(['status', ...data, '--relay', 'ws://127.0.0.1:9'])
    expect(clash.code).toBe(0)
    const plain = await cli.run(['keys', 'new', 'web', '--plain', ...data])
    expect(plain.code).toBe(2)
    expect(plain.stderr).toMatch(/leave out --plain/)
    const second = await cli.run(['serve', ...data])
    expect(second.code).toBe(1)
    expect(second.stderr + second.stdout).toMatch(/already/i)
    engine.kill('SIGTERM')
    expect(await ended).toBe(0)
    for (const line of output.trim().split('\n'))
      expect(() => JSON.parse(line) as unknown).not.toThrow()
    expect((await cli.run(['status', ...data])).code).toBe(3)
  })
})

describe('demo', () => {
  it('tells the whole story offline', async () => {
    const result = await cli.run(['demo'])
    expect(result.stdout).toMatch(/PASS.*npub|PASS/)
    expect(result.stdout).toMatch(/^\d+ passed, 0 failed$/m)
    expect(result.code).toBe(0)
  })
})
