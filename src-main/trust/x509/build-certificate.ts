/**
 * The kinds of certificates this program makes (specs/tls-trust.md s.5.1). All are pure functions of
 * their arguments and `random`; keys on P-256 unless a caller brings another curve.
 */

import { createPublicKey, type KeyObject } from 'node:crypto'
import type { RandomSource, UnixSeconds } from '../../env/env.ts'
import { writeCertificate, type Signer } from './certificate-writer.ts'
import { emptyName, nameWithCommonName, nameWithOrganization } from './distinguished-name.ts'
import {
  alternativeNames,
  authorityConstraints,
  authorityKey,
  endEntityConstraints,
  forServers,
  keyIdentifier,
  nameConstraints,
  signsCertificates,
  signsHandshakes,
  subjectKey,
  type Extension,
} from './extensions.ts'

export interface Validity {
  readonly validFrom: UnixSeconds
  readonly validTo: UnixSeconds
}

/** An authority that can sign: what `buildIssuer` and `buildLeaf` need of the one above. */
export interface Authority extends Signer {
  /** Subject key identifier of its certificate. */
  readonly keyId: Uint8Array
}

/** DER SubjectPublicKeyInfo of a private or public key. */
export function spkiOf(key: KeyObject): Buffer {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key
  return publicKey.export({ type: 'spki', format: 'der' })
}

/** `key` as the authority called `commonName`. */
export function authorityOf(commonName: string, key: KeyObject): Authority {
  return { name: nameWithCommonName(commonName), key, keyId: keyIdentifier(spkiOf(key)) }
}

/** Only names below `.nostr`, and no IP address at all. */
const onlyNostrNames: Extension = nameConstraints('nostr', true)

/** A self-signed authority that only names below `.nostr` can descend from. */
export function buildRoot(random: RandomSource, root: Authority, validity: Validity): Buffer {
  const extensions = [
    authorityConstraints(),
    signsCertificates,
    forServers,
    subjectKey(root.keyId),
    onlyNostrNames,
  ]
  return writeCertificate(
    random,
    { subject: root.name, spki: spkiOf(root.key), ...validity, extensions },
    root,
  )
}

/**
 * The authority that signs leaves. It carries the constraints again: RFC 5280 s.6.1 lets verifiers
 * ignore those of a trust anchor, never those of an intermediate.
 */
export function buildIssuer(
  random: RandomSource,
  issuer: Authority,
  validity: Validity,
  root: Authority,
): Buffer {
  const extensions = [
    authorityConstraints(0),
    signsCertificates,
    forServers,
    subjectKey(issuer.keyId),
    authorityKey(root.keyId),
    onlyNostrNames,
  ]
  return writeCertificate(
    random,
    { subject: issuer.name, spki: spkiOf(issuer.key), ...validity, extensions },
    root,
  )
}

/** A server certificate for exactly `name`, with an empty subject: an npub name fits in no CN. */
export function buildLeaf(
  random: RandomSource,
  name: string,
  spki: Uint8Array,
  validity: Validity,
  issuer: Authority,
): Buffer {
  const extensions = [
    signsHandshakes,
    forServers,
    authorityKey(issuer.keyId),
    alternativeNames({ dns: [name] }, true),
  ]
  return writeCertificate(random, { subject: emptyName, spki, ...validity, extensions }, issuer)
}

export interface SelfSignedRequest extends Validity {
  /** DNS names, at least one. */
  readonly names: readonly string[]
  /** Private key: P-256, or secp256k1 where the runtime's TLS has it. */
  readonly key: KeyObject
  /** Added after the usual ones, such as a stapled event. */
  readonly extraExtensions?: readonly Extension[]
}

/**
 * A self-signed server certificate: its names are only in the SAN, and it is no authority. The
 * subject holds no name of a server either. It cannot be empty as in a leaf: it is the issuer too,
 * which RFC 5280 s.4.1.2.4 wants non-empty and without which curl refuses the certificate.
 */
export function buildSelfSigned(random: RandomSource, request: SelfSignedRequest): Buffer {
  if (request.names.length === 0) throw new RangeError('a certificate needs a name')
  const spki = spkiOf(request.key)
  const keyId = keyIdentifier(spki)
  const subject = nameWithOrganization(`Self-signed ${keyId.toString('hex').slice(0, 8)}`)
  const extensions = [
    endEntityConstraints,
    signsHandshakes,
    forServers,
    subjectKey(keyId),
    alternativeNames({ dns: request.names }, false),
    ...(request.extraExtensions ?? []),
  ]
  const { validFrom, validTo } = request
  return writeCertificate(
    random,
    { subject, spki, validFrom, validTo, extensions },
    { name: subject, key: request.key },
  )
}
