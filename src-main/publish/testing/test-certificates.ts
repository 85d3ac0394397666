import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { X509Certificate, createHash } from 'node:crypto'
import { encodeNpub } from '../../names/npub.ts'
import type { CertificateToPublish } from '../publisher.ts'
import { tempFolder } from './publish-bench.ts'

export interface TestCertificate extends CertificateToPublish {
  /** The file as OpenSSL wrote it. */
  readonly pem: string
}

/** A self-signed certificate for `host` of `pubkey`, made by OpenSSL as the proof of concept does. */
export async function makeCertificate(
  pubkey: string,
  { host = '@', names }: { readonly host?: string; readonly names?: readonly string[] } = {},
): Promise<TestCertificate> {
  const folder = await tempFolder()
  const apex = `${encodeNpub(pubkey)}.nostr`
  const all = names ?? [host === '@' ? apex : `${host}.${apex}`]
  const path = join(folder, 'cert.pem')
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const days = ['-days', '3650', '-subj', '/CN=test']
  const san = ['-addext', `subjectAltName=${all.map((name) => `DNS:${name}`).join(',')}`]
  const files = ['-keyout', join(folder, 'key.pem'), '-out', path]
  execFileSync('openssl', ['req', '-x509', ...key, ...days, ...san, ...files], { stdio: 'ignore' })
  const pem = await readFile(path, 'utf8')
  const certificate = new X509Certificate(pem)
  const spki = certificate.publicKey.export({ type: 'spki', format: 'der' })
  return {
    pem,
    der: certificate.raw.toString('base64'),
    spkiSha256: createHash('sha256').update(spki).digest('hex'),
  }
}
