import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createHash, X509Certificate } from 'node:crypto'

export interface TestRoot {
  readonly pem: string
  readonly keyPath: string
  readonly pemPath: string
  readonly sha256: string
  readonly commonName: string
}

/** What our authority writes: names ending in .nostr, and no address at all. */
export const ourConstraints =
  'critical,permitted;DNS:nostr,excluded;IP:0.0.0.0/0.0.0.0,excluded;IP:::/::'

/** A self-signed root made by openssl in `folder`. `constraints` null leaves them out. */
export function makeTestRoot(
  folder: string,
  commonName: string,
  constraints: string | null = ourConstraints,
  basic = 'critical,CA:TRUE',
): TestRoot {
  const base = join(
    folder,
    createHash('sha256').update(`${commonName}${Math.random()}`).digest('hex'),
  )
  const lines = [
    '[req]',
    'distinguished_name=dn',
    'prompt=no',
    'x509_extensions=v3',
    '[dn]',
    `CN=${commonName}`,
    '[v3]',
    `basicConstraints=${basic}`,
    'keyUsage=critical,keyCertSign',
    'extendedKeyUsage=serverAuth',
    ...(constraints === null ? [] : [`nameConstraints=${constraints}`]),
    'subjectKeyIdentifier=hash',
  ]
  writeFileSync(`${base}.cnf`, `${lines.join('\n')}\n`)
  const argv = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const files = ['-keyout', `${base}.key`, '-out', `${base}.pem`, '-config', `${base}.cnf`]
  execFileSync('openssl', [...argv, '-days', '365', ...files], { stdio: 'ignore' })
  const certificate = new X509Certificate(readFileSync(`${base}.pem`))
  return {
    pem: certificate.toString(),
    keyPath: `${base}.key`,
    pemPath: `${base}.pem`,
    sha256: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    commonName,
  }
}

/** A server certificate for `name`, signed by `root`; paths of certificate and key. */
export function makeTestLeaf(
  folder: string,
  root: TestRoot,
  name: string,
): { readonly certPath: string; readonly keyPath: string } {
  const base = join(folder, `leaf-${createHash('sha256').update(name).digest('hex').slice(0, 16)}`)
  writeFileSync(
    `${base}.ext`,
    `subjectAltName=critical,DNS:${name}\nextendedKeyUsage=serverAuth\nkeyUsage=critical,digitalSignature\n`,
  )
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  execFileSync(
    'openssl',
    ['req', '-new', ...key, '-keyout', `${base}.key`, '-out', `${base}.csr`, '-subj', '/'],
    { stdio: 'ignore' },
  )
  const signer = ['-CA', root.pemPath, '-CAkey', root.keyPath, '-CAcreateserial']
  execFileSync(
    'openssl',
    [
      'x509',
      '-req',
      '-in',
      `${base}.csr`,
      ...signer,
      '-days',
      '2',
      '-extfile',
      `${base}.ext`,
      '-out',
      `${base}.pem`,
    ],
    { stdio: 'ignore' },
  )
  return { certPath: `${base}.pem`, keyPath: `${base}.key` }
}

/** `root` with bytes of its DER exchanged, both in hex and of one length; its signature breaks. */
export function patchRoot(root: TestRoot, from: string, to: string): TestRoot {
  const hex = new X509Certificate(root.pem).raw.toString('hex')
  if (!hex.includes(from) || from.length !== to.length) throw new Error(`no ${from}`)
  const der = Buffer.from(hex.replace(from, to), 'hex')
  const body = der.toString('base64').replaceAll(/.{64}/gu, '$&\n')
  return {
    ...root,
    pem: `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`,
    sha256: createHash('sha256').update(der).digest('hex'),
  }
}

/** Ways to break the constraints that no well-behaved program writes: [what, from, to]. */
export const brokenConstraints: readonly (readonly [string, string, string])[] = [
  ['says FALSE where it says that constraints are critical', '551d1e0101ff', '551d1e010100'],
  ['has constraints twice', '0603551d0e', '0603551d1e'],
  ['has an extension where its constraints were', '0603551d1e', '0603551d7e'],
]
