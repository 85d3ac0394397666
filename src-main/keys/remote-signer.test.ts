import { readFile } from 'node:fs/promises'
import { finalizeEvent, verifyEvent } from 'nostr-tools/pure'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemRandom } from '../env/system-env.ts'
import { newSecretKey } from './secret-key.ts'
import { createTestBunker, startTestRelay, type TestBunker, type TestRelay } from './test-bunker.ts'
import { codeOf, expectOk, startKeyring } from './test-keyring.ts'
import { folderOfTest, passphrase, template } from './test-vault.ts'

const remoteTimeoutMs = 60_000
const secret = 'once-only-secret'

const folder = folderOfTest()
let relay: TestRelay
let bunker: TestBunker
const stops: (() => Promise<void>)[] = []
beforeEach(async () => {
  relay = await startTestRelay()
  bunker = createTestBunker(relay, secret)
})
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
  await relay.stop()
})

async function openKeyring() {
  const made = await startKeyring(folder.path, { remoteTimeoutMs })
  stops.push(() => made.keyring.stop())
  expectOk(await made.keyring.unlock(passphrase))
  return made
}

async function connected() {
  const made = await openKeyring()
  const identity = expectOk(await made.keyring.importRemote(bunker.uri, { label: 'phone' }))
  return { ...made, identity, sign: () => made.keyring.sign(identity.pubkey, template) }
}

describe('remote signer', () => {
  it('is connected, becomes an identity, and signs', async () => {
    const { keyring, identity, sign, path, env } = await connected()
    expect(identity).toMatchObject({
      pubkey: bunker.userPubkey,
      label: 'phone',
      protection: 'remote',
      isDefault: true,
      isLocked: false,
      isBackedUp: true,
    })
    const event = expectOk(await sign())
    expect(event).toMatchObject({ ...template, pubkey: bunker.userPubkey })
    expect(verifyEvent({ ...event })).toBe(true)
    expect(codeOf(await keyring.exportSecret(identity.pubkey, 'nsec'))).toBe(
      'keys.remote-no-secret',
    )
    expect(codeOf(await keyring.importRemote(bunker.uri, { label: 'again' }))).toBe(
      'keys.duplicate',
    )
    const written = await readFile(path, 'utf8')
    expect(written).toContain('ncryptsec1')
    expect(written + env.lines.join('\n')).not.toContain(secret)
  })

  it('is used again after a restart without connecting anew, once the vault is open', async () => {
    const { keyring, identity } = await connected()
    await keyring.stop()
    const second = await startKeyring(folder.path, { remoteTimeoutMs })
    stops.push(() => second.keyring.stop())
    expect(second.keyring.list()).toMatchObject([{ protection: 'remote', isLocked: true }])
    expect(codeOf(await second.keyring.sign(identity.pubkey, template))).toBe('keys.locked')
    expectOk(await second.keyring.unlock(passphrase))
    expectOk(await second.keyring.sign(identity.pubkey, template))
    expect(bunker.requests.map((request) => request.method)).toEqual([
      'connect',
      'get_public_key',
      'sign_event',
    ])
  })

  it('signs several things at once', async () => {
    const { keyring, identity } = await connected()
    const contents = ['a', 'b', 'c', 'd']
    const signed = await Promise.all(
      contents.map((content) => keyring.sign(identity.pubkey, { ...template, content })),
    )
    expect(signed.map((result) => expectOk(result).content)).toEqual(contents)
    expect(relay.connections()).toBe(1)
  })

  it('that does not answer is given up after the time-out, and asked anew the next time', async () => {
    const { sign, env } = await connected()
    bunker.answer('sign_event', () => undefined)
    const signing = sign()
    await bunker.received('sign_event')
    env.clock.advance(remoteTimeoutMs - 1)
    env.clock.advance(1)
    expect(codeOf(await signing)).toBe('keys.remote-timeout')
    // Still answers, though not well: the request reached it.
    bunker.answer('sign_event', () => ({ result: '{}' }))
    expect(codeOf(await sign())).toBe('keys.remote-bad-answer')
  })

  it('lets nobody wait for an answer when the vault is locked, and leaves no timer', async () => {
    const { keyring, sign, env } = await connected()
    bunker.answer('sign_event', () => undefined)
    const signing = sign()
    await bunker.received('sign_event')
    keyring.lock()
    expect(codeOf(await signing)).toBe('keys.remote-closed')
    expect(env.clock.pending()).toBe(0)
  })

  it('that wants an approval says where to give it', async () => {
    const { sign, env } = await connected()
    bunker.answer('sign_event', () => ({ result: 'auth_url', error: 'https://signer.example/ok' }))
    const signing = sign()
    await bunker.received('sign_event')
    // An answer to a later request over the same connection: the first one has arrived, too.
    bunker.answer('sign_event', () => ({ error: 'later' }))
    expect(codeOf(await sign())).toBe('keys.remote-refused')
    env.clock.advance(remoteTimeoutMs)
    const result = await signing
    expect(result).toMatchObject({ ok: false, error: { code: 'keys.remote-timeout' } })
    expect(result.ok ? '' : result.error.hint).toContain('https://signer.example/ok')
  })

  it('that refuses is quoted, without control characters', async () => {
    const { sign } = await connected()
    bunker.answer('sign_event', () => ({ error: 'no\u001B[31m way\n' }))
    const result = await sign()
    expect(result).toMatchObject({ ok: false, error: { code: 'keys.remote-refused' } })
    expect(result.ok ? '' : result.error.message).toContain('no [31m way')
  })

  it('that refuses the connection is not added, and its echo of the secret is not repeated', async () => {
    const { keyring } = await openKeyring()
    const wrong = bunker.uri.replace(secret, 'wrong-secret-7')
    const result = await keyring.importRemote(wrong, { label: 'phone' })
    expect(codeOf(result)).toBe('keys.remote-refused')
    expect(JSON.stringify(result)).not.toContain('wrong-secret-7')
    expect(keyring.list()).toEqual([])
  })

  const other = newSecretKey(systemRandom)
  it.each([
    ['another key', () => JSON.stringify(finalizeEvent({ ...template }, other))],
    ['no JSON', () => 'rubbish'],
    ['no event', () => 'null'],
    ['half an event', () => JSON.stringify({ ...template, pubkey: bunker.userPubkey })],
    [
      'a wrong signature',
      () =>
        JSON.stringify({
          ...finalizeEvent({ ...template }, other),
          pubkey: bunker.userPubkey,
        }),
    ],
  ])('that answers with %s is not believed', async (_, answer) => {
    const { sign } = await connected()
    bunker.answer('sign_event', () => ({ result: answer() }))
    expect(codeOf(await sign())).toBe('keys.remote-bad-answer')
  })

  it('that signs something else than asked is not believed', async () => {
    const { keyring, identity } = await connected()
    const foreign = expectOk(
      await keyring.sign(identity.pubkey, { ...template, content: 'foreign' }),
    )
    bunker.answer('sign_event', () => ({ result: JSON.stringify(foreign) }))
    expect(codeOf(await keyring.sign(identity.pubkey, template))).toBe('keys.remote-bad-answer')
  })

  it('that names no possible key is not added', async () => {
    const { keyring } = await openKeyring()
    bunker.answer('get_public_key', () => ({ result: '0'.repeat(64) }))
    expect(codeOf(await keyring.importRemote(bunker.uri, { label: 'x' }))).toBe(
      'keys.remote-bad-answer',
    )
  })

  it('and its relay may send rubbish: nothing breaks, and signing still works', async () => {
    const { sign } = await connected()
    expectOk(await sign())
    for (const text of ['', '{', '[]', 'null', '["EVENT"]', '["OK"]', '["EVENT","x",{"id":1}]']) {
      relay.shout(text)
    }
    relay.shout(Uint8Array.of(0, 255))
    bunker.babble()
    bunker.say('null')
    bunker.say('{"id":7}')
    expect(codeOf(await sign())).toBe('ok')
  })

  it('is reached again when the connection was lost', async () => {
    const { sign } = await connected()
    expectOk(await sign())
    relay.hangUp()
    const results = [await sign(), await sign()]
    // The first may still have gone into the dying connection; then it says so.
    expect(['ok', 'keys.remote-unreachable']).toContain(codeOf(results[0] ?? fallback))
    expect(codeOf(results[1] ?? fallback)).toBe('ok')
  })

  it('is not kept connected without need, and not believed to be after a sleep', async () => {
    const { sign, env } = await connected()
    expectOk(await sign())
    const closed = relay.closed()
    env.clock.advance(60_000)
    await closed
    expectOk(await sign())
    let opened = relay.opened()
    env.clock.sleep(60_000)
    expectOk(await sign())
    expect(relay.opened()).toBe(opened + 1)
    opened = relay.opened()
    expectOk(await sign())
    expect(relay.opened()).toBe(opened)
  })

  it('whose relay is not there is reported, at once', async () => {
    const { keyring } = await openKeyring()
    const uri = bunker.uri.replace(/relay=[^&]*/u, 'relay=ws://127.0.0.1:1')
    expect(codeOf(await keyring.importRemote(uri, { label: 'x' }))).toBe('keys.remote-unreachable')
  })

  it('is let go when the vault is locked, the identity removed, or the keyring stopped', async () => {
    const { keyring, identity, sign } = await connected()
    for (const end of [
      () => Promise.resolve(keyring.lock()),
      async () => {
        await keyring.remove(identity.pubkey)
        await keyring.undoRemove()
      },
      () => keyring.stop(),
    ]) {
      expectOk(await keyring.unlock(passphrase))
      expectOk(await sign())
      const closed = relay.closed()
      await end()
      await closed
      expect(relay.connections()).toBe(0)
    }
  })
})

const fallback = { ok: false, error: { code: 'missing', message: '' } } as const
