import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cli } from './cli.ts'

/** Somebody else with a key of their own, using the command line on another data folder. */
export interface Person {
  readonly pubkey: string
  /** `npub1….nostr` */
  readonly name: string
  publishAddress(address: string): Promise<void>
}

export async function createPerson(folder: string, relays: readonly string[]): Promise<Person> {
  await mkdir(folder, { recursive: true })
  const passphraseFile = join(folder, 'passphrase')
  await writeFile(passphraseFile, 'correct horse battery staple\n', { mode: 0o600 })
  const common = ['--data-dir', join(folder, 'data'), '--passphrase-file', passphraseFile]
  const { pubkey, npub } = (await cli('keys', 'new', 'bob', ...common)) as {
    pubkey: string
    npub: string
  }
  return {
    pubkey,
    name: `${npub}.nostr`,
    async publishAddress(address) {
      const toRelays = relays.flatMap((url) => ['--relay', url])
      await cli('publish', 'ip', address, ...common, ...toRelays)
    },
  }
}
