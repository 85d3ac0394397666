import { join } from 'node:path'
import { z } from 'zod'
import type { Env } from '../../env/env.ts'
import type { Health } from '../../env/health.ts'
import { asciiLower } from '../../names/ascii-lower.ts'
import type { PubkeyHex } from '../../names/name.ts'
import { encodeNpub, decodeNpub } from '../../names/npub.ts'
import { createJsonDocument, type JsonDocument } from '../../store/json-document.ts'
import type { OwnCertificate } from '../owner-certificates.ts'
import { certificateSha256 } from '../x509/fingerprints.ts'
import { parseCertificate, type Certificate } from '../x509/parse-certificate.ts'
import { decodeCertificatePem } from '../x509/pem.ts'

const pubkey = z
  .string()
  .regex(/^[0-9a-f]{64}$/u)
  .refine((hex) => decodeNpub(encodeNpub(hex)) !== undefined, 'is not a public key')

const entry = z.strictObject({
  pubkey,
  /** `@` or labels; it becomes part of no path, `file` does. */
  host: z.string().min(1).max(253),
  role: z.enum(['current', 'next', 'previous']),
  /** Name of both files without `.key.pem` and `.cert.pem`. */
  file: z.string().regex(/^tls-[a-z0-9@_.-]{1,210}$/u),
  /** Asked lifetime, for renewals. */
  days: z.number().int().positive(),
  createdAtMs: z.number().int().nonnegative(),
  /** The newest certificate, so that its pin is known whatever happens to the files. */
  certificatePem: z.string().refine((pem) => readPem(pem) !== undefined, 'is not a certificate'),
})

const ownerSchema = z.strictObject({
  version: z.literal(1),
  certificates: z.array(entry).max(10_000),
})

export type OwnEntry = z.output<typeof entry>
export type OwnerState = z.output<typeof ownerSchema>

/** The file that says which certificates there are. Keys are in files of their own. */
export function createOwnerFile(
  env: Env,
  path: string,
  health: Health | undefined,
): JsonDocument<OwnerState> {
  return createJsonDocument<OwnerState>(env, {
    path,
    code: 'certificates',
    title: 'The list of your certificates',
    schema: ownerSchema,
    version: 1,
    migrations: {},
    initial: { version: 1, certificates: [] },
    health,
  })
}

export interface EntryPaths {
  readonly folder: string
  readonly certificate: string
  readonly key: string
}

/** Where the files of an entry are: one folder per owner. */
export function pathsOf(directory: string, of: Pick<OwnEntry, 'pubkey' | 'file'>): EntryPaths {
  const folder = join(directory, encodeNpub(of.pubkey))
  return {
    folder,
    certificate: join(folder, `${of.file}.cert.pem`),
    key: join(folder, `${of.file}.key.pem`),
  }
}

/** Entries of one host, in any letter case. */
export function entriesOf(state: OwnerState, owner: PubkeyHex, host: string): readonly OwnEntry[] {
  const wanted = asciiLower(host)
  return state.certificates.filter((held) => held.pubkey === owner && held.host === wanted)
}

/** What the certificate of `held` says. */
export function certificateOf(held: OwnEntry): Certificate {
  const parsed = readPem(held.certificatePem)
  // The schema has read it before.
  if (parsed === undefined) throw new TypeError('an entry without a certificate')
  return parsed
}

export function describeEntry(directory: string, held: OwnEntry): OwnCertificate {
  const certificate = certificateOf(held)
  const paths = pathsOf(directory, held)
  return {
    pubkey: held.pubkey,
    host: held.host,
    names: certificate.names,
    spkiSha256: certificate.spkiSha256,
    certificateSha256: certificateSha256(certificate.der),
    validFrom: certificate.validFrom,
    validTo: certificate.validTo,
    certificatePath: paths.certificate,
    keyPath: paths.key,
    role: held.role,
  }
}

/** The certificate in `pem`, if it can be read. */
export function readPem(pem: string): Certificate | undefined {
  const der = decodeCertificatePem(pem)
  return der === undefined ? undefined : parseCertificate(der)
}
