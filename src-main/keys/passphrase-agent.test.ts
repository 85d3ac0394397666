import { describe, expect, it } from 'vitest'
import type { RandomSource } from '../env/env.ts'
import { systemRandom } from '../env/system-env.ts'
import { createPassphraseAgent, type PassphraseAgent } from './passphrase-agent.ts'
import { newSecretKey } from './secret-key.ts'
import { createSerialQueue } from './serial-queue.ts'
import { cheapLogN, codeOf, createTestEnv, expectOk } from './test-keyring.ts'

function newAgent(random: RandomSource = systemRandom): PassphraseAgent {
  return createPassphraseAgent(
    { ...createTestEnv(), random },
    { queue: createSerialQueue(), logN: cheapLogN, onLock: () => undefined },
  )
}

describe('passphrase agent', () => {
  it('gives out copies: what a caller wipes stays usable for the next', async () => {
    const agent = newAgent()
    await agent.setUp('p')
    const secret = newSecretKey(systemRandom)
    const sealed = expectOk(await agent.seal(secret))
    for (let round = 0; round < 3; round++) {
      const opened = expectOk(await agent.open(sealed))
      expect([...opened]).toEqual([...secret])
      opened.fill(0)
    }
  })

  it('overwrites the secrets it holds when it is locked', async () => {
    const agent = newAgent()
    await agent.setUp('p')
    const secret = newSecretKey(systemRandom)
    const sealed = expectOk(await agent.seal(secret))
    const from = Uint8Array.from.bind(Uint8Array)
    const copies: Uint8Array[] = []
    // The only way a secret is kept is a copy made with Uint8Array.from.
    Uint8Array.from = ((source: Iterable<number>) => {
      const copy = from(source)
      copies.push(copy)
      return copy
    }) as typeof Uint8Array.from
    let given: Uint8Array
    try {
      given = expectOk(await agent.open(sealed))
    } finally {
      Uint8Array.from = from
    }
    const isSecret = (bytes: Uint8Array): boolean => Buffer.from(bytes).equals(secret)
    const kept = copies.filter(isSecret)
    expect(kept).toHaveLength(1)
    agent.lock()
    expect(kept.map((bytes) => [...bytes])).toEqual([Array<number>(32).fill(0)])
    expect(isSecret(given)).toBe(true)
    expect(codeOf(await agent.open(sealed))).toBe('keys.locked')
    expect(codeOf(await agent.seal(secret))).toBe('keys.locked')
  })

  it('locked while scrypt runs gives nothing out and keeps nothing', async () => {
    const agent = newAgent()
    const verifier = await agent.setUp('p')
    const secret = newSecretKey(systemRandom)
    const sealed = expectOk(await agent.seal(secret))
    const opening = agent.open(sealed)
    const sealing = agent.seal(secret)
    // The request has begun after these turns; scrypt answers in a later turn of the event loop.
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
    agent.lock()
    expect([codeOf(await opening), codeOf(await sealing)]).toEqual(['keys.locked', 'keys.locked'])
    expect(codeOf(await agent.open(sealed))).toBe('keys.locked')
    expectOk(await agent.unlock('p', verifier))
    expect([...expectOk(await agent.open(sealed))]).toEqual([...secret])
  })

  it('tries one passphrase at a time', async () => {
    const maker = newAgent()
    const verifier = await maker.setUp('p')
    const order: string[] = []
    const agent = newAgent()
    const tries = ['a', 'b', 'p'].map(async (text) => {
      order.push(`${text} ${codeOf(await agent.unlock(text, verifier))}`)
    })
    await Promise.all(tries)
    expect(order).toEqual(['a keys.wrong-passphrase', 'b keys.wrong-passphrase', 'p ok'])
    expect(agent.isUnlocked()).toBe(true)
  })

  it('seals with fresh salts', async () => {
    const agent = newAgent()
    await agent.setUp('p')
    const secret = newSecretKey(systemRandom)
    expect(await agent.seal(secret)).not.toEqual(await agent.seal(secret))
  })
})

describe('newSecretKey', () => {
  it('draws again when the number is not a key', () => {
    const draws = [new Uint8Array(32), new Uint8Array(32).fill(0xff), new Uint8Array(32).fill(7)]
    const random = { bytes: () => draws.shift() ?? new Uint8Array() }
    expect([...newSecretKey(random)]).toEqual([...new Uint8Array(32).fill(7)])
  })
})
