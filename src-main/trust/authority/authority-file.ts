import { X509Certificate, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import type { Env } from '../../env/env.ts'
import type { Health } from '../../env/health.ts'
import { createJsonDocument, type JsonDocument } from '../../store/json-document.ts'
import type { AuthorityFacts } from '../local-authority.ts'
import { certificateSha256 } from '../x509/fingerprints.ts'
import { parseCertificate, type Certificate } from '../x509/parse-certificate.ts'
import { decodeCertificatePem } from '../x509/pem.ts'
import { sealedKeySchema } from './issuer-key.ts'

const authorityPem = z
  .string()
  .refine((pem) => readAuthority(pem) !== undefined, 'is not the certificate of an authority')

const certificates = {
  rootPem: authorityPem,
  issuerPem: authorityPem,
  createdAtMs: z.number().int().nonnegative(),
}

const issuing = z.strictObject({
  ...certificates,
  /** `prepared` waits beside the current one until it is activated. */
  phase: z.enum(['current', 'prepared']),
  key: sealedKeySchema,
})

const retiring = z.strictObject({
  ...certificates,
  phase: z.literal('retiring'),
  protection: z.enum(['os', 'plain']),
  removeAtMs: z.number().int().nonnegative(),
})

const authoritiesSchema = z.strictObject({
  version: z.literal(1),
  authorities: z
    .array(
      z
        .discriminatedUnion('phase', [issuing, retiring])
        .refine(isChain, 'the issuer is not signed by the root'),
    )
    .max(100)
    .refine(
      (list) => atMostOne(list, 'current') && atMostOne(list, 'prepared'),
      'more than one is current or prepared',
    ),
})

export type IssuingEntry = z.output<typeof issuing>
export type RetiringEntry = z.output<typeof retiring>
export type AuthorityEntry = IssuingEntry | RetiringEntry
export type Authorities = z.output<typeof authoritiesSchema>

/** The file of this computer's authorities. No root key is ever in it. */
export function createAuthorityFile(
  env: Env,
  path: string,
  health: Health | undefined,
): JsonDocument<Authorities> {
  return createJsonDocument<Authorities>(env, {
    path,
    code: 'authority',
    title: 'The certificate authorities of this computer',
    schema: authoritiesSchema,
    version: 1,
    migrations: {},
    initial: { version: 1, authorities: [] },
    health,
  })
}

/** The entry that issues, or waits to. */
export function entryOf(
  state: Authorities,
  phase: 'current' | 'prepared',
): IssuingEntry | undefined {
  for (const entry of state.authorities) {
    if (entry.phase === phase) return entry
  }
  return undefined
}

export function rootSha256Of(entry: AuthorityEntry): string {
  return certificateSha256(decodeCertificatePem(entry.rootPem) ?? new Uint8Array())
}

export function factsOf(entry: AuthorityEntry): AuthorityFacts {
  const root = readAuthority(entry.rootPem)
  // The schema has read it before.
  if (root === undefined) throw new TypeError('an authority without a root')
  return {
    commonName: root.commonNames[0] ?? '',
    rootPem: entry.rootPem,
    rootSha256: certificateSha256(root.der),
    issuerPem: entry.issuerPem,
    validTo: root.validTo,
    createdAtMs: entry.createdAtMs,
    protection: entry.phase === 'retiring' ? entry.protection : entry.key.by,
  }
}

/** Whether `key` is the private key of the certificate `pem`. */
export function isKeyOf(pem: string, key: KeyObject): boolean {
  return new X509Certificate(pem).checkPrivateKey(key)
}

function readAuthority(pem: string): Certificate | undefined {
  const der = decodeCertificatePem(pem)
  const parsed = der === undefined ? undefined : parseCertificate(der)
  return parsed?.isCa === true ? parsed : undefined
}

function isChain({ rootPem, issuerPem }: { rootPem: string; issuerPem: string }): boolean {
  try {
    const root = new X509Certificate(rootPem)
    const issuer = new X509Certificate(issuerPem)
    return issuer.checkIssued(root) && issuer.verify(root.publicKey)
  } catch {
    return false
  }
}

function atMostOne(list: readonly { readonly phase: string }[], phase: string): boolean {
  return list.filter((entry) => entry.phase === phase).length <= 1
}
