import { createPrivateKey, type KeyObject } from 'node:crypto'
import { lstat, readFile, rename } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { AppError, fail, ok, type Result } from '../../env/errors.ts'
import { writeFileAtomic } from '../../store/atomic-file.ts'
import { ensureFolder } from '../../store/folder.ts'
import { errorCodes, storeError } from '../../store/problems.ts'
import { spkiOf } from '../x509/build-certificate.ts'
import { keyIdentifier } from '../x509/extensions.ts'
import { certificateOf, pathsOf, readPem, type OwnEntry } from './owner-file.ts'

/**
 * Name of the files of `key`: the host for people, and the key's identifier, so that no other key
 * ever wants the same name. Without path separators and reserved names of Windows.
 */
export function fileNameFor(host: string, key: KeyObject): string {
  return `tls-${host}-${keyIdentifier(spkiOf(key)).toString('hex').slice(0, 8)}`
}

/** Writes a private key, 0600 in a folder of 0700. An existing file is never overwritten. */
export async function writeKeyFile(path: string, key: KeyObject): Promise<void> {
  if (await exists(path)) {
    throw new AppError({
      code: 'certificates.key-exists',
      message: `${path} exists already and is not overwritten.`,
      hint: 'Move it aside and try again.',
    })
  }
  await writeFileAtomic(path, key.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
}

/** The private key of `entry`, checked to be the one its certificate names. */
export async function readKeyFile(directory: string, entry: OwnEntry): Promise<Result<KeyObject>> {
  const { key: path } = pathsOf(directory, entry)
  let pem: Buffer
  try {
    pem = await readFile(path)
  } catch (error) {
    if (errorCodes(error).includes('ENOENT')) return { ok: false, error: keyMissing(path) }
    throw storeError(error, path)
  }
  const key = readKey(pem)
  pem.fill(0)
  if (key !== undefined && spkiOf(key).equals(certificateOf(entry).spki)) return ok(key)
  return fail(
    'certificates.key-mismatch',
    `${path} does not hold the key of its certificate.`,
    'Put the right key back, or change to a new one by rotating twice.',
  )
}

function readKey(pem: Buffer): KeyObject | undefined {
  try {
    return createPrivateKey(pem)
  } catch {
    // OpenSSL's text may quote the file.
    return undefined
  }
}

export function keyMissing(path: string): { code: string; message: string; hint: string } {
  return {
    code: 'certificates.key-missing',
    message: `The key file ${path} is missing.`,
    hint: 'Put it back from a copy, or change to a new key by rotating twice.',
  }
}

/** The certificate for servers to read; it may be replaced by a newer one for the same key. */
export async function writeCertificateFile(directory: string, entry: OwnEntry): Promise<void> {
  const { certificate } = pathsOf(directory, entry)
  await writeFileAtomic(certificate, entry.certificatePem, { mode: 0o644 })
}

/**
 * Writes the certificate file when an interrupted run did not: it is missing, or holds an older
 * certificate of ours for the same key. Anything else is the owner's own and stays.
 */
export async function restoreCertificateFile(directory: string, entry: OwnEntry): Promise<void> {
  const { certificate: path } = pathsOf(directory, entry)
  const text = await readFile(path, 'latin1').catch((error: unknown) => {
    if (errorCodes(error).includes('ENOENT')) return undefined
    throw storeError(error, path)
  })
  if (text === entry.certificatePem) return
  if (text !== undefined) {
    const [held, ours] = [readPem(text), certificateOf(entry)]
    const isOlderOfOurs =
      held?.spkiSha256 === ours.spkiSha256 &&
      held.subject === ours.subject &&
      held.issuer === ours.issuer &&
      held.validFrom <= ours.validFrom
    if (!isOlderOfOurs) return
  }
  await writeCertificateFile(directory, entry)
}

/** Moves both files of `entry` into the folder `removed` beside them. What is gone stays gone. */
export async function moveAside(directory: string, entry: OwnEntry): Promise<void> {
  const paths = pathsOf(directory, entry)
  const aside = join(paths.folder, 'removed')
  for (const path of [paths.key, paths.certificate]) {
    try {
      await ensureFolder(aside)
      if (await exists(path)) await rename(path, await freeName(join(aside, basename(path))))
    } catch (error) {
      throw storeError(error, path)
    }
  }
}

async function freeName(path: string): Promise<string> {
  for (let n = 0; ; n += 1) {
    const candidate = n === 0 ? path : `${path}.${n}`
    if (!(await exists(candidate))) return candidate
  }
}

export async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}
