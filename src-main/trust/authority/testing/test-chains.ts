/**
 * Test support: the roots and leaves of the name-constraint matrix. Root B is made by the program's
 * own code; the others are what B must be better than.
 */
import type { KeyObject } from 'node:crypto'
import { systemClock, systemRandom } from '../../../env/system-env.ts'
import { unixSeconds } from '../../../env/env.ts'
import { silentLogger } from '../../../env/logger.ts'
import { makeAuthority } from '../make-authority.ts'
import { authorityOf, spkiOf, type Authority } from '../../x509/build-certificate.ts'
import { writeCertificate } from '../../x509/certificate-writer.ts'
import { emptyName, nameWithCommonName } from '../../x509/distinguished-name.ts'
import {
  alternativeNames,
  authorityConstraints,
  authorityKey,
  forServers,
  nameConstraints,
  signsCertificates,
  signsHandshakes,
  subjectKey,
  type AlternativeNames,
  type Extension,
} from '../../x509/extensions.ts'
import { newKey } from '../../x509/new-key.ts'
import { parseCertificate } from '../../x509/parse-certificate.ts'
import { certificatePem, decodeCertificatePem } from '../../x509/pem.ts'
import { npubName } from '../../x509/testing/sample-names.ts'

export type RootName = 'A' | 'B' | 'C' | 'D' | 'E'

export interface TestRoot {
  readonly rootPem: string
  readonly issuerPem: string
  readonly issuer: Authority
}

const hour = 60 * 60
const now = unixSeconds(systemClock)
const validity = { validFrom: now - hour, validTo: now + 24 * hour }

const full = nameConstraints('nostr', true)
const dnsOnly = nameConstraints('nostr', false)

const constraints: Readonly<
  Record<
    Exclude<RootName, 'B'>,
    { readonly root: readonly Extension[]; readonly issuer: readonly Extension[] }
  >
> = {
  /** On the root alone: RFC 5280 lets a verifier ignore them there. */
  A: { root: [full], issuer: [] },
  /** The control: no constraints. */
  C: { root: [], issuer: [] },
  /** Permitted DNS names, and nothing about addresses. */
  D: { root: [dnsOnly], issuer: [dnsOnly] },
  /** On the issuer alone. */
  E: { root: [], issuer: [full] },
}

export function makeTestRoot(name: RootName): TestRoot {
  if (name === 'B') return makeOwnRoot()
  const rootKey = newKey()
  const issuerKey = newKey()
  const root = authorityOf(`Test root ${name}`, rootKey)
  const issuer = authorityOf(`Test issuer ${name}`, issuerKey)
  const write = (of: Authority, extensions: readonly Extension[]): string =>
    certificatePem(
      writeCertificate(
        systemRandom,
        { subject: of.name, spki: spkiOf(of.key), ...validity, extensions },
        root,
      ),
    )
  return {
    rootPem: write(root, [
      authorityConstraints(),
      signsCertificates,
      forServers,
      subjectKey(root.keyId),
      ...constraints[name].root,
    ]),
    issuerPem: write(issuer, [
      authorityConstraints(0),
      signsCertificates,
      forServers,
      subjectKey(issuer.keyId),
      authorityKey(root.keyId),
      ...constraints[name].issuer,
    ]),
    issuer,
  }
}

function makeOwnRoot(): TestRoot {
  const env = { clock: systemClock, random: systemRandom, log: silentLogger }
  const { rootPem, issuerPem, issuerKey } = makeAuthority(env, 'test')
  const issuer = parseCertificate(decodeCertificatePem(issuerPem) ?? new Uint8Array())
  return {
    rootPem,
    issuerPem,
    issuer: { ...authorityOf(issuer?.commonNames[0] ?? '', issuerKey), key: issuerKey },
  }
}

export interface TestLeaf {
  readonly title: string
  /** What the client asks for: a name, or the address. */
  readonly target: string
  readonly commonName?: string
  readonly names?: AlternativeNames
  /** Roots under which every client must accept it. */
  readonly acceptedUnder: readonly RootName[]
}

const everywhere: readonly RootName[] = ['A', 'B', 'C', 'D', 'E']
const loopback = Uint8Array.of(127, 0, 0, 1)

/** The rows of specs/tls-trust.md s.3. */
export const testLeaves: readonly TestLeaf[] = [
  {
    title: 'the npub name',
    target: npubName,
    names: { dns: [npubName] },
    acceptedUnder: everywhere,
  },
  {
    title: 'a host of the npub name',
    target: `www.${npubName}`,
    names: { dns: [`www.${npubName}`] },
    acceptedUnder: everywhere,
  },
  {
    title: 'example.com',
    target: 'example.com',
    names: { dns: ['example.com'] },
    acceptedUnder: ['C'],
  },
  {
    title: 'an IP address',
    target: '127.0.0.1',
    names: { dns: [], addresses: [loopback] },
    // What the obvious constraint forgets.
    acceptedUnder: ['C', 'D'],
  },
  {
    title: 'no SAN, CN=example.com',
    target: 'example.com',
    commonName: 'example.com',
    acceptedUnder: ['C'],
  },
  {
    title: 'a label that only ends in nostr',
    target: 'www.evilnostr',
    names: { dns: ['www.evilnostr'] },
    acceptedUnder: ['C'],
  },
  {
    title: 'a good name and example.com, asked for the good one',
    target: npubName,
    names: { dns: [npubName, 'example.com'] },
    acceptedUnder: ['C'],
  },
  {
    title: 'a good name and an IP address, asked for the good one',
    target: npubName,
    names: { dns: [npubName], addresses: [loopback] },
    acceptedUnder: ['C', 'D'],
  },
  {
    title: 'a good name with CN=example.com',
    target: npubName,
    commonName: 'example.com',
    names: { dns: [npubName] },
    acceptedUnder: everywhere,
  },
]

/** PEM of `leaf` under `root`, as an issuer without scruples would sign it. */
export function signTestLeaf(root: TestRoot, leaf: TestLeaf, key: KeyObject): string {
  const { commonName, names } = leaf
  const extensions = [
    signsHandshakes,
    forServers,
    authorityKey(root.issuer.keyId),
    ...(names === undefined ? [] : [alternativeNames(names, commonName === undefined)]),
  ]
  const subject = commonName === undefined ? emptyName : nameWithCommonName(commonName)
  return certificatePem(
    writeCertificate(
      systemRandom,
      { subject, spki: spkiOf(key), ...validity, extensions },
      root.issuer,
    ),
  )
}
