/** Test support: keyrings in a folder that each test has for itself. */
import { rm } from 'node:fs/promises'
import { afterEach, beforeEach } from 'vitest'
import type { Identity, Keyring } from './keyring.ts'
import type { KeyringDeps } from './keyring-service.ts'
import { expectOk, startKeyring, temporaryFolder, type TestKeyring } from './test-keyring.ts'

/** An event to be signed. */
export const template = {
  kind: 31111,
  created_at: 1_767_225_600,
  tags: [['d', 'dns:@']],
  content: 'x',
}

export const passphrase = 'correct horse'
/** Secret keys. */
export const hexKeys = ['1', '2', '3'].map((digit) => digit.repeat(64))
export const [hex1 = '', hex2 = ''] = hexKeys
/** Public key of 0x1111…11. */
export const pubkey1 = '4f355bdcb7cc0af728ef3cceb9615d90684bb5b2ca5f859ab0f0b704075871aa'

/** Gives each test of the file an empty folder, and removes it after. */
export function folderOfTest(): { readonly path: string } {
  let path = ''
  beforeEach(async () => {
    path = await temporaryFolder()
  })
  afterEach(async () => {
    await rm(path, { recursive: true, force: true })
  })
  return {
    get path() {
      return path
    },
  }
}

/** A keyring of the vault in `folder`, opened with `passphrase`. */
export async function unlockedIn(
  folder: string,
  deps: Partial<KeyringDeps> = {},
): Promise<TestKeyring> {
  const made = await startKeyring(folder, deps)
  expectOk(await made.keyring.unlock(passphrase))
  return made
}

export async function importHex(
  keyring: Keyring,
  hex: string,
  label = hex.slice(0, 1),
): Promise<Identity> {
  return expectOk(await keyring.importSecret(hex, { label }))
}
