import { createPublicKey, X509Certificate } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RandomSource } from '../../env/env.ts'
import { systemRandom } from '../../env/system-env.ts'
import {
  authorityOf,
  buildIssuer,
  buildLeaf,
  buildRoot,
  buildSelfSigned,
  spkiOf,
} from './build-certificate.ts'
import { newKey } from './new-key.ts'
import { parseCertificate } from './parse-certificate.ts'
import { certificatePem } from './pem.ts'
import { runToolOk } from './testing/run-tool.ts'
import { npubName } from './testing/sample-names.ts'

const now = Math.floor(Date.now() / 1000)
const hour = 60 * 60
const year = 365 * 24 * hour
const short = { validFrom: now - hour, validTo: now + hour }
const long = { validFrom: now - 24 * hour, validTo: now + 5 * year }

const root = authorityOf('Nostr Names (test) 01234567', newKey())
const issuer = authorityOf('Nostr Names issuer (test) 89abcdef', newKey())
const rootDer = buildRoot(systemRandom, root, long)
const issuerDer = buildIssuer(systemRandom, issuer, long, root)
const leafKey = newKey()
const leafDer = buildLeaf(systemRandom, npubName, spkiOf(leafKey), short, issuer)

let folder: string
const write = async (name: string, der: Uint8Array): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, certificatePem(der))
  return path
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nostr-dns-x509-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('root, issuer and leaf', () => {
  it('pass openssl verify -x509_strict', async () => {
    const verified = await runToolOk('openssl', [
      ...['verify', '-x509_strict', '-purpose', 'sslserver', '-verify_hostname', npubName],
      ...['-CAfile', await write('root.pem', rootDer)],
      ...['-untrusted', await write('issuer.pem', issuerDer)],
      await write('leaf.pem', leafDer),
    ])
    expect(verified).toContain('leaf.pem: OK')
  })

  it('read as meant in openssl x509 -text', async () => {
    const textOf = async (name: string, der: Uint8Array): Promise<string> => {
      const path = await write(name, der)
      return runToolOk('openssl', ['x509', '-in', path, '-noout', '-text'])
    }
    const constraints =
      /Name Constraints: critical\s+Permitted:\s+DNS:nostr\s+Excluded:\s+IP:0\.0\.0\.0\/0\.0\.0\.0\s+IP:0:0:0:0:0:0:0:0\/0:0:0:0:0:0:0:0\n/u
    const rootText = await textOf('root.pem', rootDer)
    expect(rootText).toMatch(/Basic Constraints: critical\s+CA:TRUE\n/u)
    expect(rootText).toMatch(/Key Usage: critical\s+Certificate Sign\n/u)
    expect(rootText).toMatch(/Extended Key Usage:\s+TLS Web Server Authentication\n/u)
    expect(rootText).toMatch(constraints)
    expect(rootText).toContain('NIST CURVE: P-256')
    const issuerText = await textOf('issuer.pem', issuerDer)
    expect(issuerText).toMatch(/Basic Constraints: critical\s+CA:TRUE, pathlen:0\n/u)
    expect(issuerText).toMatch(constraints)
    const leafText = await textOf('leaf.pem', leafDer)
    expect(leafText).toMatch(/Subject: *\n/u)
    expect(leafText).toMatch(/Key Usage: critical\s+Digital Signature\n/u)
    expect(leafText).toMatch(
      new RegExp(`Subject Alternative Name: critical\\s+DNS:${npubName}\n`, 'u'),
    )
    expect(leafText).toContain('Signature Algorithm: ecdsa-with-SHA256')
  })

  it('link by key identifiers and are signed by the one above', () => {
    const [top, middle, end] = [rootDer, issuerDer, leafDer].map((der) => new X509Certificate(der))
    expect(top?.verify(createPublicKey(root.key))).toBe(true)
    expect(middle?.verify(createPublicKey(root.key))).toBe(true)
    expect(end?.verify(createPublicKey(issuer.key))).toBe(true)
    expect(end?.verify(createPublicKey(root.key))).toBe(false)
    const parsed = parseCertificate(leafDer)
    const authorityKey = Buffer.from(parsed?.extensions.get('2.5.29.35')?.value ?? [])
    expect(authorityKey.toString('hex')).toContain(Buffer.from(issuer.keyId).toString('hex'))
  })
})

describe('serial numbers', () => {
  it.each([0x00, 0xff])('are positive and of 126 bits when the random bytes are all %d', (byte) => {
    const random: RandomSource = { bytes: (length) => new Uint8Array(length).fill(byte) }
    const der = buildSelfSigned(random, { names: [npubName], key: leafKey, ...short })
    const serial = BigInt(`0x${parseCertificate(der)?.serialNumber}`)
    expect(serial.toString(2)).toHaveLength(126)
    expect(BigInt(`0x${new X509Certificate(der).serialNumber}`)).toBe(serial)
  })

  it('differ', () => {
    const serials = Array.from(
      { length: 50 },
      () => parseCertificate(buildRoot(systemRandom, root, long))?.serialNumber,
    )
    expect(new Set(serials).size).toBe(50)
  })
})

describe('self-signed certificates', () => {
  const names = [npubName, `www.${npubName}`]
  const extra = {
    oid: '1.3.6.1.4.1.99999.1',
    isCritical: false,
    value: Buffer.from('0403616263', 'hex'),
  }

  it('pass openssl verify -x509_strict and keep an extra extension', async () => {
    const der = buildSelfSigned(systemRandom, {
      names,
      key: leafKey,
      ...short,
      extraExtensions: [extra],
    })
    const path = await write('own.pem', der)
    const verified = await runToolOk('openssl', [
      ...['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', path],
      ...['-verify_hostname', `www.${npubName}`, path],
    ])
    expect(verified).toContain('own.pem: OK')
    const parsed = parseCertificate(der)
    expect(parsed).toMatchObject({ names, commonNames: [], isCa: false, validTo: short.validTo })
    expect(parsed?.subject).toMatch(/^O=Self-signed [0-9a-f]{8}$/u)
    expect(parsed?.issuerDer).toEqual(parsed?.subjectDer)
    expect(Buffer.from(parsed?.extensions.get(extra.oid)?.value ?? [])).toEqual(extra.value)
    expect(parsed?.extensions.get('2.5.29.17')?.isCritical).toBe(false)
  })

  it('reach beyond 2049', async () => {
    const validTo = Date.UTC(2060, 0, 1) / 1000
    const der = buildSelfSigned(systemRandom, { names, key: leafKey, ...short, validTo })
    const shown = await runToolOk('openssl', [
      'x509',
      '-in',
      await write('far.pem', der),
      '-noout',
      '-enddate',
    ])
    expect(shown).toContain('Jan  1 00:00:00 2060 GMT')
    expect(parseCertificate(der)?.validTo).toBe(validTo)
  })

  it('need a name', () => {
    const request = { names: [], key: leafKey, ...short }
    expect(() => buildSelfSigned(systemRandom, request)).toThrow(RangeError)
  })
})

it('refuses a common name that X.520 has no room for', () => {
  expect(() => authorityOf(npubName, issuer.key)).toThrow(RangeError)
  expect(() => authorityOf('', issuer.key)).toThrow(RangeError)
  expect(authorityOf('é'.repeat(64), issuer.key).name.length).toBeGreaterThan(128)
})
