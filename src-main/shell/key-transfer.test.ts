import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { CallName } from '../../src-preload/contract/calls.ts'
import type { EngineClient } from '../../src-preload/contract/replies.ts'
import { createKeyTransfer, type Desktop } from './key-transfer.ts'
import { createStepClock } from './testing/step-clock.ts'

const pubkey = 'a'.repeat(64)
const secret = 'nsec1-not-a-real-key'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nostr-dns-keys-'))
})

afterEach(() => rm(folder, { recursive: true, force: true }))

function setUp(answers: {
  clipboard?: string
  path?: string
  isConfirmed?: boolean
  fails?: boolean
}) {
  const calls: [CallName, unknown][] = []
  const state = { clipboard: answers.clipboard ?? '' }
  const desktop: Desktop = {
    readClipboard: async () => state.clipboard,
    writeClipboard: async (text) => void (state.clipboard = text),
    clearClipboard: async () => void (state.clipboard = ''),
    chooseFileToOpen: async () => answers.path,
    chooseFileToSave: async () => answers.path,
    confirm: async () => answers.isConfirmed ?? true,
  }
  const call = async (name: CallName, argument: unknown) => {
    calls.push([name, argument])
    return answers.fails === true
      ? { ok: false, error: { code: 'keys.duplicate', message: 'Held already.' } }
      : { ok: true, value: name.endsWith('.export') ? { text: secret } : { pubkey } }
  }
  const clock = createStepClock()
  const keys = createKeyTransfer({ call: call as EngineClient['call'] }, desktop, clock)
  return { keys, calls, state, clock }
}

const settle = () => new Promise((resolve) => setImmediate(resolve))

test('import takes the key off the clipboard', async () => {
  const { keys, calls, state } = setUp({ clipboard: ` ${secret}\n` })
  expect(await keys.importKey({ source: 'clipboard', label: 'Home' })).toMatchObject({ ok: true })
  expect(calls).toEqual([['keys.import', { text: secret, label: 'Home' }]])
  expect(state.clipboard).toBe('')
})

test('a refused import leaves the clipboard for another try', async () => {
  const { keys, state } = setUp({ clipboard: secret, fails: true })
  const result = await keys.importKey({ source: 'clipboard', label: 'Home' })
  expect(result).toMatchObject({ ok: false, error: { code: 'keys.duplicate' } })
  expect(state.clipboard).toBe(secret)
})

test('a bunker address becomes a remote signer', async () => {
  const { keys, calls } = setUp({ clipboard: 'bunker://abc?relay=wss://r' })
  await keys.importKey({ source: 'clipboard', label: 'Signer' })
  expect(calls).toEqual([
    ['keys.importRemote', { uri: 'bunker://abc?relay=wss://r', label: 'Signer' }],
  ])
})

test('import reads a file, with the password of an ncryptsec', async () => {
  const path = join(folder, 'key.txt')
  await writeFile(path, `${secret}\n`)
  const { keys, calls } = setUp({ path })
  await keys.importKey({ source: 'file', label: 'Home', password: 'pw' })
  expect(calls).toEqual([['keys.import', { text: secret, label: 'Home', password: 'pw' }]])
})

test.each([
  ['an empty clipboard', { clipboard: '  ' }, 'clipboard', 'shell.clipboard-empty'],
  ['a cancelled dialog', {}, 'file', 'shell.cancelled'],
  ['a long text', { clipboard: 'x'.repeat(5000) }, 'clipboard', 'shell.not-a-key'],
  ['a file that is gone', { path: '/no/such/file' }, 'file', 'shell.file-unreadable'],
] as const)('import from %s calls nothing', async (_title, answers, source, code) => {
  const { keys, calls } = setUp(answers)
  expect(await keys.importKey({ source, label: 'x' })).toMatchObject({ ok: false, error: { code } })
  expect(calls).toEqual([])
})

test('a large file is not read as a key', async () => {
  const path = join(folder, 'large')
  await writeFile(path, 'x'.repeat(5000))
  const { keys } = setUp({ path })
  const result = await keys.importKey({ source: 'file', label: 'x' })
  expect(result).toMatchObject({ ok: false, error: { code: 'shell.not-a-key' } })
})

test('an unconfirmed export never asks for the key', async () => {
  const { keys, calls, state } = setUp({ isConfirmed: false })
  const result = await keys.exportKey({ pubkey, form: 'nsec', target: 'clipboard' })
  expect(result).toMatchObject({ ok: false, error: { code: 'shell.cancelled' } })
  expect(calls).toEqual([])
  expect(state.clipboard).toBe('')
})

test('an export to the clipboard is taken off again after a minute', async () => {
  const { keys, state, clock } = setUp({})
  await keys.exportKey({ pubkey, form: 'nsec', target: 'clipboard' })
  expect(state.clipboard).toBe(secret)
  clock.advance(60_000)
  await settle()
  expect(state.clipboard).toBe('')
})

test('what the user copied since then stays', async () => {
  const { keys, state, clock } = setUp({})
  await keys.exportKey({ pubkey, form: 'nsec', target: 'clipboard' })
  state.clipboard = 'something else'
  clock.advance(60_000)
  await settle()
  expect(state.clipboard).toBe('something else')
})

test.each([
  ['a new file', undefined],
  ['a file others could read', 0o644],
])('an export to %s is for its owner only', async (_title, mode) => {
  const path = join(folder, 'key.txt')
  if (mode !== undefined) await writeFile(path, 'old and longer than the key itself', { mode })
  const { keys, calls } = setUp({ path })
  const result = await keys.exportKey({ pubkey, form: 'ncryptsec', target: 'file', password: 'pw' })
  expect(result).toEqual({ ok: true, value: { where: path } })
  expect(calls).toEqual([['keys.export', { pubkey, form: 'ncryptsec', password: 'pw' }]])
  expect(await readFile(path, 'utf8')).toBe(`${secret}\n`)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
})

test('a folder that is not there is said, without the path in the message', async () => {
  const path = join(folder, 'no/such/folder/key.txt')
  const { keys } = setUp({ path })
  const result = await keys.exportKey({ pubkey, form: 'nsec', target: 'file' })
  expect(result).toMatchObject({ ok: false, error: { code: 'shell.file-unwritable' } })
  expect(JSON.stringify(result)).not.toContain(folder)
})

const pkarrKey = 'y'.repeat(52)
const seed = 'ab'.repeat(32)

test('a PKARR seed comes in by the clipboard, which is cleared', async () => {
  const { keys, calls, state } = setUp({ clipboard: `${seed}\n` })
  const result = await keys.importPkarrSeed({ source: 'clipboard', label: 'Site' })
  expect(result).toMatchObject({ ok: true })
  expect(calls).toEqual([['pkarr.import', { text: seed, label: 'Site' }]])
  expect(state.clipboard).toBe('')
})

test('what is too long for a PKARR seed is not handed on', async () => {
  const { keys, calls, state } = setUp({ clipboard: 'x'.repeat(257) })
  const result = await keys.importPkarrSeed({ source: 'clipboard', label: 'Site' })
  expect(result).toMatchObject({ ok: false, error: { code: 'shell.not-a-key' } })
  expect(calls).toEqual([])
  expect(state.clipboard).not.toBe('')
})

test('a PKARR seed goes out to a file for its owner only', async () => {
  const path = join(folder, 'seed.txt')
  const { keys, calls } = setUp({ path })
  const result = await keys.exportPkarrSeed({ key: pkarrKey, form: 'z32', target: 'file' })
  expect(result).toEqual({ ok: true, value: { where: path } })
  expect(calls).toEqual([['pkarr.export', { key: pkarrKey, form: 'z32' }]])
  expect(await readFile(path, 'utf8')).toBe(`${secret}\n`)
  expect((await stat(path)).mode & 0o777).toBe(0o600)
})

test('a PKARR seed on the clipboard is taken off again, and never fetched unconfirmed', async () => {
  const { keys, state, clock } = setUp({})
  await keys.exportPkarrSeed({ key: pkarrKey, form: 'hex', target: 'clipboard' })
  expect(state.clipboard).toBe(secret)
  clock.advance(60_000)
  await settle()
  expect(state.clipboard).toBe('')

  const refused = setUp({ isConfirmed: false })
  const result = await refused.keys.exportPkarrSeed({
    key: pkarrKey,
    form: 'hex',
    target: 'clipboard',
  })
  expect(result).toMatchObject({ ok: false, error: { code: 'shell.cancelled' } })
  expect(refused.calls).toEqual([])
})
