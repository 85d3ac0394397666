import { fail, ok, type Result } from '../../env/errors.ts'
import type { Command, Exec, ExecResult } from '../exec.ts'
import type { TargetState, TrustTarget } from '../trust-target.ts'
import { identify, readOwnRoot, type OwnRoot } from './own-root.ts'
import { withCertificateFile } from './public-file.ts'
import type { StoreBackend } from './store-backend.ts'

const target: TrustTarget = {
  id: 'windows-root',
  title: 'Windows, for your account (Edge, Chrome, Firefox …)',
  kind: 'system',
  isPrivileged: false,
}

/** Windows asks in a dialog of its own before a root changes. Milliseconds. */
const promptTimeoutMs = 120_000

/**
 * The commands, for people to read and for tests to hold still. Never run on Windows so far.
 * Absolute paths: NSS has another program called certutil.
 */
export function windowsCommands(systemRoot: string): {
  readonly add: (file: string) => Command
  readonly verify: (sha1: string) => Command
  readonly delete: (sha1: string) => Command
  readonly list: () => Command
} {
  const certutil = `${systemRoot}\\System32\\certutil.exe`
  const variables = { SystemRoot: systemRoot }
  return {
    add: (file) => ({
      program: certutil,
      argv: ['-user', '-addstore', 'Root', file],
      variables,
      timeoutMs: promptTimeoutMs,
    }),
    verify: (sha1) => ({
      program: certutil,
      argv: ['-user', '-verifystore', 'Root', sha1],
      variables,
    }),
    delete: (sha1) => ({
      program: certutil,
      argv: ['-user', '-delstore', 'Root', sha1],
      variables,
      timeoutMs: promptTimeoutMs,
    }),
    // certutil's own list is translated into the user's language; this is base64, one a line.
    list: () => ({
      program: `${systemRoot}\\System32\\WindowsPowerShell\\v1.0\\powershell.exe`,
      argv: [
        '-NoProfile',
        '-NonInteractive',
        '-Command',
        'Get-ChildItem Cert:\\CurrentUser\\Root | ForEach-Object { [Convert]::ToBase64String($_.RawData) }',
      ],
      variables,
      timeoutMs: 30_000,
    }),
  }
}

export interface WindowsRootOptions {
  readonly exec: Exec
  readonly variables: Readonly<Record<string, string | undefined>>
  /** Private folder for the certificate file that certutil wants. */
  readonly folder: string
}

/** The user's own root store of Windows (specs/tls-trust.md s.5.2). No administrator. */
export function createWindowsRoot({ exec, variables, folder }: WindowsRootOptions): StoreBackend {
  const commands = windowsCommands(variables['SystemRoot'] ?? 'C:\\Windows')

  const list = async (): Promise<Result<readonly string[]>> => {
    const result = await exec(commands.list())
    return succeeded(result) ? ok(parseRawList(result.stdout)) : explain(result)
  }

  const check = async (root: OwnRoot): Promise<TargetState> => {
    const pems = await list()
    if (!pems.ok) {
      return { state: 'unavailable', detail: pems.error.message, hint: 'Try again.' }
    }
    const certificates = pems.value.map((pem) => identify(pem))
    if (certificates.some((found) => found?.sha256 === root.sha256)) {
      const verified = await exec(commands.verify(root.sha1))
      return { state: succeeded(verified) ? 'installed' : 'missing' }
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

  const removeRoot = async (root: OwnRoot): Promise<Result<void>> => {
    const deleted = await exec(commands.delete(root.sha1))
    return succeeded(deleted) ? ok(undefined) : explain(deleted)
  }

  return {
    owns: (id) => id === target.id,
    targets: () => Promise.resolve([target]),
    check: (_target, root) => check(root),
    async add(_target, root) {
      const added = await withCertificateFile(folder, root, async (file) => {
        const result = await exec(commands.add(file))
        return succeeded(result) ? ok(undefined) : explain(result)
      })
      if (!added.ok || (await check(root)).state === 'installed') return added
      await removeRoot(root)
      return fail('trust.verify-failed', 'Windows does not trust the certificate after all.')
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

/** Base64 DER, one certificate a line, as PEM. */
function parseRawList(text: string): readonly string[] {
  return text
    .split(/\r?\n/u)
    .map((line) => line.trim())
    .filter((line) => /^[A-Za-z0-9+/]+=*$/u.test(line))
    .map(
      (body) =>
        `-----BEGIN CERTIFICATE-----\n${body.replaceAll(/.{64}/gu, '$&\n')}\n-----END CERTIFICATE-----\n`,
    )
}

function succeeded(result: ExecResult): result is Extract<ExecResult, { kind: 'exited' }> {
  return result.kind === 'exited' && result.code === 0
}

function explain(result: ExecResult): Result<never> {
  if (result.kind === 'missing') {
    return fail('trust.unavailable', `${result.program} is missing.`)
  }
  if (result.kind === 'killed') {
    return fail('trust.timeout', 'Nobody answered the question of Windows.', 'Try again.')
  }
  return fail(
    'trust.windows-refused',
    `Windows did not change its certificates (code ${result.code}).`,
    'Answer its question with Yes.',
  )
}
