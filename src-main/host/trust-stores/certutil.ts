import type { Clock } from '../../env/env.ts'
import { fail, ok, type Result } from '../../env/errors.ts'
import type { Exec, ExecResult } from '../exec.ts'
import { splitPem } from './own-root.ts'

/** One line of a database's table of contents. Several certificates may share a nickname. */
export interface NssEntry {
  readonly nickname: string
  /** Such as `C,,`: for servers, mail, code. `C` makes an authority trusted. */
  readonly trust: string
}

/** NSS's `certutil` on databases in the SQL format. Paths are absolute. */
export interface Certutil {
  /** Fails with `trust.certutil-missing` and the name of the package that has it. */
  find(): Promise<Result<void>>
  list(directory: string): Promise<Result<readonly NssEntry[]>>
  /** PEM of every certificate of that nickname. */
  read(directory: string, nickname: string): Promise<Result<readonly string[]>>
  /** Makes a database without a password. The folder must exist and hold none. */
  create(directory: string): Promise<Result<void>>
  /** Adds an authority that is trusted for servers. */
  add(directory: string, nickname: string, pem: string): Promise<Result<void>>
  /** Whether NSS itself would accept it as an authority for servers now. */
  verify(directory: string, nickname: string): Promise<Result<void>>
  delete(directory: string, nickname: string): Promise<Result<void>>
}

/** A database that a browser is writing to is free again within seconds. Milliseconds. */
const pauses = [250, 500, 1000]

/**
 * What certutil says while another program holds the database: writing waits 2 s and then says the
 * first, reading 1 s and then the second. A damaged database gives the same words, without end.
 */
const busy = /SEC_ERROR_(?:PKCS11_GENERAL_ERROR|BAD_DATABASE|BUSY|LOCKED)/u

export function createCertutil(
  exec: Exec,
  clock: Clock,
  missingHint: () => Promise<string>,
): Certutil {
  const pause = (ms: number): Promise<void> => new Promise((done) => clock.schedule(ms, done))

  const run = async (
    directory: string,
    argv: readonly string[],
    input?: string,
  ): Promise<ExecResult> => {
    const command = { program: 'certutil', argv: ['-d', `sql:${directory}`, ...argv] }
    for (let attempt = 0; ; attempt++) {
      const result = await exec(input === undefined ? command : { ...command, input })
      const wait = pauses[attempt]
      const isBusy = result.kind === 'exited' && result.code !== 0 && busy.test(result.stderr)
      if (!isBusy || wait === undefined) return result
      await pause(wait)
    }
  }

  const missing = async (): Promise<Result<never>> =>
    fail('trust.certutil-missing', 'The program certutil is missing.', await missingHint())

  const output = async (
    directory: string,
    argv: readonly string[],
    input?: string,
  ): Promise<Result<string>> => {
    const result = await run(directory, argv, input)
    if (result.kind === 'missing') return missing()
    if (result.kind === 'exited' && result.code === 0) return ok(result.stdout)
    return explain(result, directory)
  }
  const done = async (...args: Parameters<typeof output>): Promise<Result<void>> => {
    const result = await output(...args)
    return result.ok ? ok(undefined) : result
  }

  return {
    async find() {
      const result = await exec({ program: 'certutil', argv: ['-H'] })
      return result.kind === 'missing' ? missing() : ok(undefined)
    },
    async list(directory) {
      const result = await output(directory, ['-L'])
      return result.ok ? ok(parseList(result.value)) : result
    },
    async read(directory, nickname) {
      const result = await output(directory, ['-L', '-n', nickname, '-a'])
      return result.ok ? ok(splitPem(result.value)) : result
    },
    create: (directory) => done(directory, ['-N', '--empty-password']),
    // Without -i the certificate comes from standard input: no file that could be exchanged.
    add: (directory, nickname, pem) =>
      done(directory, ['-A', '-t', 'C,,', '-n', nickname, '-a'], pem),
    verify: (directory, nickname) => done(directory, ['-V', '-u', 'L', '-n', nickname]),
    delete: (directory, nickname) => done(directory, ['-D', '-n', nickname]),
  }
}

/** Lines such as `Some name here        C,,  `, after two lines of headings. */
export function parseList(text: string): readonly NssEntry[] {
  const entries: NssEntry[] = []
  for (const line of text.split('\n')) {
    const match = /^(\S.*?)\s+([a-zA-Z]*,[a-zA-Z]*,[a-zA-Z]*)\s*$/u.exec(line)
    if (match?.[1] !== undefined && match[2] !== undefined) {
      entries.push({ nickname: match[1], trust: match[2] })
    }
  }
  return entries
}

function explain(
  result: Exclude<ExecResult, { kind: 'missing' }>,
  directory: string,
): Result<never> {
  const text = result.stderr
  // Asked for a password without a terminal, some commands repeat the question for ever.
  const asksWithoutEnd = result.kind === 'killed' && result.why === 'output'
  if (/SEC_ERROR_BAD_PASSWORD/u.test(text) || asksWithoutEnd) {
    return fail(
      'trust.primary-password',
      `The certificate database in ${directory} is protected by a password.`,
      'Import the root certificate in the settings of that browser, or remove its primary password.',
    )
  }
  if (/SEC_ERROR_READ_ONLY|PR_NO_ACCESS_RIGHTS_ERROR/u.test(text)) {
    return fail(
      'trust.read-only',
      `The certificate database in ${directory} cannot be changed by this user.`,
      'Make its files belong to you.',
    )
  }
  if (busy.test(text) || result.kind === 'killed') {
    return fail(
      'trust.database-busy',
      `The certificate database in ${directory} is in use or damaged.`,
      'Close that browser and try again.',
    )
  }
  const reason = /(?:SEC|PR|SSL)_[A-Z0-9_]+/u.exec(text)?.[0] ?? 'unknown error'
  return fail(
    'trust.database-failed',
    `The certificate database in ${directory} refused: ${reason}.`,
  )
}
