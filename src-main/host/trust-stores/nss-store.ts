import { mkdir } from 'node:fs/promises'
import { fail, ok, type Problem, type Result } from '../../env/errors.ts'
import { storeProblem } from '../../store/problems.ts'
import type { TargetState, TrustTarget } from '../trust-target.ts'
import type { UserPaths } from '../user-paths.ts'
import type { Certutil, NssEntry } from './certutil.ts'
import type { NssDatabase } from './chromium-databases.ts'
import { findDatabases, hasDatabase, mayHold } from './find-databases.ts'
import { identify, ownNamePrefix, readOwnRoot, type OwnRoot } from './own-root.ts'
import type { StoreBackend } from './store-backend.ts'

const idPrefix = 'nss:'

/**
 * NSS databases of browsers on Linux (specs/tls-trust.md s.5.2). The nickname is the root's common
 * name; NSS gives all certificates of one subject the same nickname.
 */
export function createNssStore(paths: UserPaths, certutil: Certutil): StoreBackend {
  const read = async (directory: string, root: OwnRoot): Promise<Result<Holding>> => {
    const listed = await certutil.list(directory)
    if (!listed.ok) return listed
    const entries = listed.value.filter(({ nickname }) => nickname === root.commonName)
    if (entries.length === 0) return ok({ entries, pems: [] })
    const pems = await certutil.read(directory, root.commonName)
    return pems.ok ? ok({ entries, pems: pems.value }) : pems
  }

  const stateOf = async (directory: string, root: OwnRoot): Promise<TargetState> => {
    if (!(await hasDatabase(directory))) {
      const found = await certutil.find()
      return found.ok ? { state: 'missing' } : unavailable(found.error)
    }
    const holding = await read(directory, root)
    return holding.ok ? judge(holding.value, root) : unavailable(holding.error)
  }

  const takeBack = async (directory: string, root: OwnRoot): Promise<void> => {
    const pems = await certutil.read(directory, root.commonName)
    if (pems.ok && isOnly(pems.value, root.sha256))
      await certutil.delete(directory, root.commonName)
  }

  const addTo = async (directory: string, root: OwnRoot): Promise<Result<void>> => {
    const made = await makeDatabase(directory, certutil)
    if (!made.ok) return made
    const added = await certutil.add(directory, root.commonName, root.pem)
    const verified = added.ok ? await certutil.verify(directory, root.commonName) : added
    if (verified.ok && (await stateOf(directory, root)).state === 'installed') return ok(undefined)
    // A database with a primary password takes the certificate and then refuses the trust in it.
    await takeBack(directory, root)
    return verified.ok
      ? fail('trust.verify-failed', `The certificate did not stay in ${directory}.`)
      : verified
  }

  const removeFrom = async (directory: string, sha256: string): Promise<Result<void>> => {
    if (!(await mayHold(directory, ownNamePrefix))) return ok(undefined)
    const listed = await certutil.list(directory)
    if (!listed.ok) return listed
    for (const nickname of ownNicknames(listed.value)) {
      const pems = await certutil.read(directory, nickname)
      if (!pems.ok) return pems
      const hashes = pems.value.map((pem) => identify(pem)?.sha256)
      if (!hashes.includes(sha256)) continue
      // certutil deletes by nickname only, and would choose one of them itself.
      if (hashes.length > 1) return ambiguous(directory, nickname)
      const deleted = await certutil.delete(directory, nickname)
      if (!deleted.ok) return deleted
      const left = await certutil.read(directory, nickname)
      if (left.ok && left.value.some((pem) => identify(pem)?.sha256 === sha256)) {
        return fail('trust.removal-failed', `The certificate is still in ${directory}.`)
      }
    }
    return ok(undefined)
  }

  return {
    owns: (id) => id.startsWith(idPrefix),
    targets: async () => (await findDatabases(paths)).map(describe),
    check: (target, root) => stateOf(directoryOf(target), root),
    add: (target, root) => addTo(directoryOf(target), root),
    remove: (target, sha256) => removeFrom(directoryOf(target), sha256),
    async findOwn(target) {
      const directory = directoryOf(target)
      if (!(await mayHold(directory, ownNamePrefix))) return ok([])
      const listed = await certutil.list(directory)
      if (!listed.ok) return listed
      const roots: OwnRoot[] = []
      for (const nickname of ownNicknames(listed.value)) {
        const pems = await certutil.read(directory, nickname)
        if (!pems.ok) return pems
        for (const pem of pems.value) {
          const root = readOwnRoot(pem)
          if (root !== undefined) roots.push(root)
        }
      }
      return ok(roots)
    },
  }
}

/** What a database has under a nickname. */
interface Holding {
  readonly entries: readonly NssEntry[]
  readonly pems: readonly string[]
}

function judge({ entries, pems }: Holding, root: OwnRoot): TargetState {
  if (entries.length === 0) return { state: 'missing' }
  if (!isOnly(pems, root.sha256)) {
    return {
      state: 'conflict',
      detail: `Another certificate is called “${root.commonName}” there.`,
    }
  }
  // Present but not trusted for servers: the user, or a broken installation, took the trust away.
  const isTrusted = entries.every(({ trust }) => trust.split(',')[0]?.includes('C') === true)
  return isTrusted ? { state: 'installed' } : { state: 'missing' }
}

function isOnly(pems: readonly string[], sha256: string): boolean {
  return pems.length === 1 && identify(pems[0] ?? '')?.sha256 === sha256
}

function ownNicknames(entries: readonly NssEntry[]): ReadonlySet<string> {
  return new Set(
    entries.map(({ nickname }) => nickname).filter((name) => name.startsWith(ownNamePrefix)),
  )
}

async function makeDatabase(directory: string, certutil: Certutil): Promise<Result<void>> {
  // On a database that exists, -N asks for its password without end.
  if (await hasDatabase(directory)) return ok(undefined)
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
  } catch (error) {
    return { ok: false, error: storeProblem(error, directory) }
  }
  return certutil.create(directory)
}

function describe(database: NssDatabase): TrustTarget {
  const { directory, title, kind } = database
  return { id: `${idPrefix}${directory}`, title, kind, isPrivileged: false }
}

function directoryOf(target: TrustTarget): string {
  return target.id.slice(idPrefix.length)
}

function unavailable(problem: Problem): TargetState {
  return { state: 'unavailable', detail: problem.message, hint: problem.hint ?? 'Try again.' }
}

function ambiguous(directory: string, nickname: string): Result<never> {
  return fail(
    'trust.conflict',
    `Two certificates are called “${nickname}” in ${directory}.`,
    'Remove ours in the certificate settings of that browser; its SHA-256 is on the trust page.',
  )
}
