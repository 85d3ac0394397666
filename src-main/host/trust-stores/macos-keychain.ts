import { join } from 'node:path'
import { fail, ok, type Result } from '../../env/errors.ts'
import type { Command, Exec, ExecResult } from '../exec.ts'
import type { TargetState, TrustTarget } from '../trust-target.ts'
import { identify, readOwnRoot, splitPem, type OwnRoot } from './own-root.ts'
import { withCertificateFile } from './public-file.ts'
import type { StoreBackend } from './store-backend.ts'

const target: TrustTarget = {
  id: 'macos-login',
  title: 'Your keychain (Safari, Chrome, Firefox …)',
  kind: 'system',
  isPrivileged: false,
}

/** Changing trust settings shows the system's own prompt. Milliseconds. */
const promptTimeoutMs = 120_000

const security = '/usr/bin/security'
/** errSecItemNotFound as an exit code of `security`. */
const notFound = 44

/** The commands, for people to read and for tests to hold still. Never run on macOS so far. */
export const macosCommands = {
  list: (keychain: string): Command => ({
    program: security,
    argv: ['find-certificate', '-a', '-p', keychain],
  }),
  /** For this user only: no administrator, and never the authorization database. */
  trust: (keychain: string, file: string): Command => ({
    program: security,
    argv: ['add-trusted-cert', '-r', 'trustRoot', '-p', 'ssl', '-p', 'basic', '-k', keychain, file],
    timeoutMs: promptTimeoutMs,
  }),
  /** -l: the certificate is itself an authority; -L: ask no server. */
  verify: (file: string): Command => ({
    program: security,
    argv: ['verify-cert', '-c', file, '-l', '-L', '-p', 'ssl'],
  }),
  distrust: (file: string): Command => ({
    program: security,
    argv: ['remove-trusted-cert', file],
    timeoutMs: promptTimeoutMs,
  }),
  delete: (keychain: string, sha256: string): Command => ({
    program: security,
    argv: ['delete-certificate', '-Z', sha256.toUpperCase(), keychain],
    timeoutMs: promptTimeoutMs,
  }),
}

export interface MacosKeychainOptions {
  readonly exec: Exec
  readonly home: string
  /** Private folder for the certificate file that `security` wants. */
  readonly folder: string
}

/** The login keychain, trusted for this user (specs/tls-trust.md s.5.2). */
export function createMacosKeychain({ exec, home, folder }: MacosKeychainOptions): StoreBackend {
  const keychain = join(home, 'Library', 'Keychains', 'login.keychain-db')

  const list = async (): Promise<Result<readonly string[]>> => {
    const result = await exec(macosCommands.list(keychain))
    if (result.kind === 'exited' && result.code === notFound) return ok([])
    return succeeded(result) ? ok(splitPem(result.stdout)) : explain(result)
  }

  const check = async (root: OwnRoot): Promise<TargetState> => {
    const pems = await list()
    if (!pems.ok) {
      const { message, hint = 'Unlock the login keychain and try again.' } = pems.error
      return { state: 'unavailable', detail: message, hint }
    }
    const certificates = pems.value.map((pem) => identify(pem))
    if (certificates.some((found) => found?.sha256 === root.sha256)) {
      const verified = await withCertificateFile(folder, root, async (file) =>
        ok(succeeded(await exec(macosCommands.verify(file)))),
      )
      return { state: verified.ok && verified.value ? 'installed' : 'missing' }
    }
    const hasNamesake = certificates.some((found) => found?.commonName === root.commonName)
    return hasNamesake
      ? { state: 'conflict', detail: `Another certificate is called “${root.commonName}” there.` }
      : { state: 'missing' }
  }

  const findOwn = async (): Promise<Result<readonly OwnRoot[]>> => {
    const pems = await list()
    if (!pems.ok) return pems
    return ok(pems.value.map((pem) => readOwnRoot(pem)).filter((root) => root !== undefined))
  }

  const removeRoot = (root: OwnRoot): Promise<Result<void>> =>
    withCertificateFile(folder, root, async (file) => {
      // Both: the first alone leaves the certificate, the second alone leaves the trust setting.
      await exec(macosCommands.distrust(file))
      const deleted = await exec(macosCommands.delete(keychain, root.sha256))
      return succeeded(deleted) ? ok(undefined) : explain(deleted)
    })

  return {
    owns: (id) => id === target.id,
    targets: () => Promise.resolve([target]),
    check: (_target, root) => check(root),
    async add(_target, root) {
      const added = await withCertificateFile(folder, root, async (file) => {
        const result = await exec(macosCommands.trust(keychain, file))
        return succeeded(result) ? ok(undefined) : explain(result)
      })
      if (added.ok && (await check(root)).state === 'installed') return added
      await removeRoot(root)
      return added.ok
        ? fail('trust.verify-failed', 'macOS does not trust the certificate after all.')
        : added
    },
    async remove(_target, sha256) {
      const own = await findOwn()
      if (!own.ok) return own
      const root = own.value.find((candidate) => candidate.sha256 === sha256)
      return root === undefined ? ok(undefined) : removeRoot(root)
    },
    findOwn: () => findOwn(),
  }
}

function succeeded(result: ExecResult): result is Extract<ExecResult, { kind: 'exited' }> {
  return result.kind === 'exited' && result.code === 0
}

function explain(result: ExecResult): Result<never> {
  if (result.kind === 'missing')
    return fail('trust.unavailable', 'The program security is missing.')
  if (result.kind === 'killed') {
    return fail('trust.timeout', 'Nobody answered the prompt of the keychain.', 'Try again.')
  }
  if (/errSecInternalComponent/u.test(result.stderr)) {
    return fail(
      'trust.keychain-locked',
      'The login keychain is locked, or nobody is logged in at the screen.',
      'Unlock it in Keychain Access and try again.',
    )
  }
  if (/cancel/iu.test(result.stderr)) {
    return fail('elevation.cancelled', 'The prompt was closed.')
  }
  return fail('trust.keychain-failed', `The keychain refused (code ${result.code}).`)
}
