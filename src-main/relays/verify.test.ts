import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { schnorr } from '@noble/curves/secp256k1.js'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { verifyEvent, type Event } from 'nostr-tools/pure'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { readEvent } from './event-shape.ts'
import { checkWithNoble, loadSignatureCheck } from './schnorr.ts'
import { testAuthor, testNow } from './testing/signed-events.ts'
import { createVerifier } from './verify.ts'

const alice = testAuthor('alice')
const bob = testAuthor('bob')

/** `event` with `field`'s hex digit at `index` changed. */
function withDigit(event: Event, field: 'id' | 'pubkey' | 'sig', index: number): Event {
  const text = event[field]
  const digit = text[index] === '0' ? '1' : '0'
  return { ...event, [field]: text.slice(0, index) + digit + text.slice(index + 1) }
}

/** Signs exactly `serialized`, as a client does that escapes as NIP-01 says. */
function signSerialized(fields: Pick<Event, 'content' | 'tags'>, serialized: string): Event {
  const secret = createHash('sha256').update('relays test verbatim').digest()
  const pubkey = bytesToHex(schnorr.getPublicKey(secret))
  const text = serialized.replace('PUBKEY', pubkey)
  const id = createHash('sha256').update(text, 'utf8').digest('hex')
  const sig = bytesToHex(schnorr.sign(hexToBytes(id), secret))
  return { id, pubkey, created_at: testNow, kind: 1, ...fields, sig }
}

describe('signatures', () => {
  it('wasm, noble and nostr-tools agree', async () => {
    const check = await loadSignatureCheck()
    const good = Array.from({ length: 12 }, (_, index) =>
      (index % 2 === 0 ? alice : bob).sign({ content: `event ${index} é🦩"\\\n`, kind: index }),
    )
    const bad = good.flatMap((event, index) => [
      withDigit(event, 'sig', index * 5),
      withDigit(event, 'sig', 64 + index * 5),
      { ...event, sig: '0'.repeat(128) },
      { ...event, sig: 'f'.repeat(128) },
      { ...event, sig: good[(index + 2) % good.length]?.sig ?? '' },
    ])
    for (const [events, expected] of [
      [good, true],
      [bad, false],
    ] as const) {
      expect(events.map(check)).toEqual(events.map(() => expected))
      expect(events.map(checkWithNoble)).toEqual(events.map(() => expected))
      expect(events.map((event) => verifyEvent({ ...event }))).toEqual(events.map(() => expected))
    }
  })

  it('refuses a key that is not on the curve', async () => {
    const check = await loadSignatureCheck()
    const event = { ...alice.sign({}), pubkey: 'f'.repeat(64) }
    expect(check(event)).toBe(false)
    expect(checkWithNoble(event)).toBe(false)
  })

  it('is not harmed by the id nostr-tools would compute', async () => {
    const check = await loadSignatureCheck()
    const content = 'bell \u0007 end'
    const event = signSerialized(
      { content, tags: [] },
      `[0,"PUBKEY",${testNow},1,[],"bell \u0007 end"]`,
    )
    expect(readEvent(event).ok).toBe(true)
    expect(check(event)).toBe(true)
    expect(check({ ...event, sig: alice.sign({}).sig })).toBe(false)
  })
})

describe('ids', () => {
  it.each([
    ['the seven escapes of NIP-01', '\n " \\ \r \t \b \f'],
    ['text beyond ASCII, unescaped', 'é 漢字 🦩 \u2028 \u2029 \u007f /'],
    ['control characters as \\u00XX, as most clients write them', '\u0000 \u0001 \u001f'],
    ['a backslash before u', '\\u0001 \\\\u0001'],
  ])('%s', (_, content) => {
    const event = alice.sign({ content, tags: [['t', content]] })
    expect(readEvent(event)).toEqual({ ok: true, event })
  })

  it('control characters verbatim, as NIP-01 says', () => {
    const content = '\u0001 \\u0001 \n'
    const event = signSerialized(
      { content, tags: [['t', '\u0002']] },
      `[0,"PUBKEY",${testNow},1,[["t","\u0002"]],"\u0001 \\\\u0001 \\n"]`,
    )
    expect(readEvent(event)).toEqual({ ok: true, event })
  })

  it('keeps the seven fields only', () => {
    const event = alice.sign({})
    const reading = readEvent({ ...event, extra: 1, constructor: 'x' })
    expect(reading).toEqual({ ok: true, event })
  })
})

describe('shape', () => {
  const event = alice.sign({ tags: [['d', 'x']], content: 'content' })
  const bad: readonly (readonly [string, unknown, string])[] = [
    ['nothing', undefined, 'malformed'],
    ['text', 'event', 'malformed'],
    ['a list', [event], 'malformed'],
    ['no id', { ...event, id: undefined }, 'malformed'],
    ['short id', { ...event, id: event.id.slice(2) }, 'malformed'],
    ['id in capitals', { ...event, id: event.id.toUpperCase() }, 'malformed'],
    ['long signature', { ...event, sig: `${event.sig}00` }, 'malformed'],
    ['long key', { ...event, pubkey: `${event.pubkey}00` }, 'malformed'],
    ['negative time', { ...event, created_at: -1 }, 'malformed'],
    ['fraction of a second', { ...event, created_at: 1.5 }, 'malformed'],
    ['time as text', { ...event, created_at: '1' }, 'malformed'],
    ['time too large', { ...event, created_at: 2 ** 53 }, 'malformed'],
    ['kind too large', { ...event, kind: 65_536 }, 'malformed'],
    ['content is a number', { ...event, content: 1 }, 'malformed'],
    ['half a character', { ...event, content: '\ud800' }, 'malformed'],
    ['half a character in a tag', { ...event, tags: [['\udc00']] }, 'malformed'],
    ['tags are text', { ...event, tags: 'd' }, 'malformed'],
    ['tag is text', { ...event, tags: ['d'] }, 'malformed'],
    ['number in a tag', { ...event, tags: [['d', 1]] }, 'malformed'],
    ['other content', { ...event, content: 'other' }, 'bad-id'],
    ['other tags', { ...event, tags: [['d', 'y']] }, 'bad-id'],
    ['other time', { ...event, created_at: event.created_at + 1 }, 'bad-id'],
    ['other id', withDigit(event, 'id', 5), 'bad-id'],
    ['too much content', alice.sign({ content: 'x'.repeat(32 * 1024) }), 'too-large'],
    ['too many bytes', alice.sign({ content: '漢'.repeat(11_000) }), 'too-large'],
    [
      'too many tags',
      alice.sign({ tags: Array.from({ length: 5000 }, () => ['t', 'x']) }),
      'too-large',
    ],
  ]
  it.each(bad)('%s is refused', async (_, value, fault) => {
    const verifier = createVerifier()
    onTestFinished(() => verifier.stop())
    expect(await verifier.inspect(value)).toEqual({ ok: false, fault })
    expect(await verifier.verify(value)).toBeUndefined()
  })
})

describe('verifier', () => {
  let directory = ''
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'nostr-dns-verify-'))
    await build({
      configFile: false,
      logLevel: 'error',
      build: {
        ssr: join(import.meta.dirname, 'verify-worker.ts'),
        outDir: directory,
        emptyOutDir: false,
        rolldownOptions: { output: { entryFileNames: 'verify-worker.mjs' } },
      },
      ssr: { noExternal: true },
    })
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))

  const events = Array.from({ length: 60 }, (_, index) => alice.sign({ content: String(index) }))
  const mixed = events.map((event, index) =>
    index % 3 === 0 ? { ...event, sig: events[(index + 1) % 60]?.sig } : event,
  )
  const expected = mixed.map((_, index) => index % 3 !== 0)

  it.each([
    ['on this thread', () => undefined],
    ['with the worker', () => pathToFileURL(join(directory, 'verify-worker.mjs'))],
    ['with a worker that cannot start', () => pathToFileURL(join(directory, 'missing.mjs'))],
  ])('checks a burst %s', async (_, url) => {
    const workerUrl = url()
    const verifier = createVerifier(workerUrl === undefined ? {} : { workerUrl })
    onTestFinished(() => verifier.stop())
    for (let round = 0; round < 2; round++) {
      const verdicts = await Promise.all(mixed.map((event) => verifier.verify(event)))
      expect(verdicts.map((verdict) => verdict !== undefined)).toEqual(expected)
    }
  })

  it('uses the worker for many events, and lets other work run meanwhile', async () => {
    const workerUrl = new URL(
      `data:text/javascript,${encodeURIComponent(
        `import { parentPort } from 'node:worker_threads'
         parentPort.on('message', ({ serial, events }) =>
           parentPort.postMessage({ serial, valid: events.map(() => true) }))`,
      )}`,
    )
    const verifier = createVerifier({ workerUrl })
    onTestFinished(() => verifier.stop())
    // This worker calls everything signed: it shows who was asked.
    const forged = events.map((event) => ({ ...event, sig: '0'.repeat(128) }))
    const many = await Promise.all(forged.map((event) => verifier.verify(event)))
    expect(many.filter((verdict) => verdict !== undefined).length).toBeGreaterThan(0)
    expect(await verifier.verify(forged[0])).toBeUndefined()
  })

  it('yields between slices', async () => {
    const verifier = createVerifier()
    onTestFinished(() => verifier.stop())
    await verifier.verify(events[0])
    let turns = 0
    let isDone = false
    const count = (): void => {
      turns += 1
      if (!isDone) setImmediate(count)
    }
    setImmediate(count)
    await Promise.all(events.map((event) => verifier.verify(event)))
    isDone = true
    expect(turns).toBeGreaterThan(events.length / 6)
  })

  it('answers what is queued when stopped, and everything after', async () => {
    const verifier = createVerifier()
    const pending = events.map((event) => verifier.verify(event))
    await verifier.stop()
    await verifier.stop()
    const verdicts = await Promise.all(pending)
    expect(verdicts.filter((verdict) => verdict !== undefined).length).toBeLessThan(events.length)
    expect(await verifier.verify(events[0])).toBeUndefined()
  })
})
