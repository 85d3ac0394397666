import type { KeyObject } from 'node:crypto'
import { unixSeconds, type Env } from '../../env/env.ts'
import { authorityOf, buildIssuer, buildRoot, spkiOf } from '../x509/build-certificate.ts'
import { longestCommonName } from '../x509/distinguished-name.ts'
import { keyIdentifier } from '../x509/extensions.ts'
import { newKey } from '../x509/new-key.ts'
import { certificatePem } from '../x509/pem.ts'

const day = 24 * 60 * 60
/** Five years. Seconds. */
const lifetime = 1826 * day
/** Clocks of programs in virtual machines may be behind. Seconds. */
const clockSkew = day

/** Beginning of the common name of every root this program ever made. */
export const rootNamePrefix = 'Nostr Names ('

export interface NewAuthority {
  readonly rootPem: string
  readonly issuerPem: string
  readonly issuerKey: KeyObject
}

/**
 * A root and an issuer below it. The root's private key exists only inside this function: it is
 * never exported, and with it nobody can ever sign a second issuer (specs/tls-trust.md s.5.1).
 */
export function makeAuthority(env: Env, hostName: string): NewAuthority {
  const now = unixSeconds(env.clock)
  const validity = { validFrom: now - clockSkew, validTo: now + lifetime }
  const rootKey = newKey()
  const issuerKey = newKey()
  const root = authorityOf(commonNameOf(rootNamePrefix, hostName, rootKey), rootKey)
  const issuer = authorityOf(commonNameOf('Nostr Names issuer (', hostName, issuerKey), issuerKey)
  return {
    rootPem: certificatePem(buildRoot(env.random, root, validity)),
    issuerPem: certificatePem(buildIssuer(env.random, issuer, validity, root)),
    issuerKey,
  }
}

/**
 * `<prefix><host name>) <8 hex of the key identifier>`: two computers or two rotations never share
 * a name, which some trust stores cannot tell apart.
 */
function commonNameOf(prefix: string, hostName: string, key: KeyObject): string {
  const suffix = `) ${keyIdentifier(spkiOf(key)).toString('hex').slice(0, 8)}`
  const room = longestCommonName - prefix.length - suffix.length
  const shown = hostName.replaceAll(/[^A-Za-z0-9._-]+/gu, '-').slice(0, room)
  return `${prefix}${shown === '' ? 'computer' : shown}${suffix}`
}
