import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cli } from './cli.ts'

/** Somebody else with a key of their own, using the command line on another data folder. */
export interface Person {
  readonly pubkey: string
  /** `npub1….nostr` */
  readonly name: string
  publishAddress(address: string): Promise<void>
  /** Makes a key and a certificate for their server; PEM. */
  makeCertificate(): Promise<{ readonly cert: string; readonly key: string }>
  /** Signs that the server at `port` has the certificate made last. */
  publishCertificate(port: number): Promise<void>
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
  const toRelays = relays.flatMap((url) => ['--relay', url])
  return {
    pubkey,
    name: `${npub}.nostr`,
    async publishAddress(address) {
      await cli('publish', 'ip', address, ...common, ...toRelays)
    },
    async makeCertificate() {
      const { certificatePath, keyPath } = (await cli('cert', 'new', ...common)) as {
        certificatePath: string
        keyPath: string
      }
      return {
        cert: await readFile(certificatePath, 'utf8'),
        key: await readFile(keyPath, 'utf8'),
      }
    },
    async publishCertificate(port) {
      await cli('cert', 'publish', '--port', String(port), ...common, ...toRelays)
    },
  }
}
