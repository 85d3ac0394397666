import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { unprivileged, unprivilegedUid } from '../../src-main/host/testing/unprivileged.ts'

/** The helper's script as it is shipped. */
export const helperPath = fileURLToPath(new URL('./dns-helper.sh', import.meta.url))

/** A computer as the helper sees one. Paths are absolute. */
export interface FakeSystem {
  /** What uname says. Default `Linux`. */
  readonly system?: string
  /** Services that run. */
  readonly active?: readonly string[]
  /** What systemd-resolved tells of itself. */
  readonly resolved?: {
    readonly version: number
    readonly dnssec: string
    readonly dnsovertls: string
    /** Some link brings a server of its own. */
    readonly linkDns: boolean
  }
  readonly files?: Readonly<Record<string, string>>
  readonly links?: Readonly<Record<string, string>>
  readonly folders?: readonly string[]
}

const reportSchema = z.strictObject({
  v: z.literal(1),
  ok: z.boolean(),
  verb: z.enum(['none', 'detect', 'status', 'install', 'uninstall']),
  code: z.string().regex(/^[A-Z_]+$/u),
  backend: z.string(),
  changed: z.boolean(),
  message: z.string(),
  commands: z.array(z.string()),
})

export type HelperReport = z.output<typeof reportSchema>

export interface HelperRun extends HelperReport {
  readonly status: number | null
}

export interface RunOptions {
  /** Program and arguments that are followed by the script's path. Default `dash`. */
  readonly shell?: string
  readonly script?: string
  /** Program and arguments that start the shell. */
  readonly prefix?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** The one line of a finished run; throws when there is anything else. */
export function readReport(stdout: string): HelperReport {
  const lines = stdout.split('\n')
  if (lines.length !== 2 || lines[1] !== '') throw new Error(`not one line: ${stdout}`)
  return reportSchema.parse(JSON.parse(lines[0] ?? ''))
}

/** A folder that stands for `/`, owned by whom the helper runs as. */
export interface FakeRoot {
  readonly path: string
  write(path: string, text: string): void
  read(path: string): string
  makeFolder(path: string, mode?: number): void
  link(path: string, target: string): void
  /** Runs the helper below this root, as somebody who is not root. */
  run(words: readonly string[], options?: RunOptions): HelperRun
  /** Everything there is: type, mode, owner and content by path. */
  tree(): Readonly<Record<string, string>>
  /** Paths of plain files that are not in `before`. */
  added(before: Readonly<Record<string, string>>): readonly string[]
}

export interface FakeRoots {
  make(system?: FakeSystem): FakeRoot
  /** A folder beside the roots that everybody may enter. */
  readonly path: string
  remove(): void
}

export function createFakeRoots(): FakeRoots {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'helper-')))
  chmodSync(path, 0o755)
  let count = 0
  return {
    path,
    make: (system = {}) => makeRoot(join(path, `root${count++}`), system),
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}

function makeRoot(path: string, system: FakeSystem): FakeRoot {
  const uid = unprivilegedUid()
  const makeFolder = (folder: string, mode = 0o755): void => {
    const full = join(path, folder)
    if (full !== path && !exists(dirname(full))) makeFolder(dirname(folder))
    if (!exists(full)) mkdirSync(full)
    chmodSync(full, mode)
    chownSync(full, uid, uid)
  }
  const write = (file: string, text: string): void => {
    if (!exists(join(path, dirname(file)))) makeFolder(dirname(file))
    writeFileSync(join(path, file), text)
    chownSync(join(path, file), uid, uid)
  }
  const link = (file: string, target: string): void => {
    if (!exists(join(path, dirname(file)))) makeFolder(dirname(file))
    // Absolute targets mean this root.
    const from = join(path, dirname(file))
    const to = target.startsWith('/') ? relative(from, join(path, target)) : target
    symlinkSync(to, join(path, file))
    lchownSync(join(path, file), uid, uid)
  }
  const tree = (): Record<string, string> => describeTree(path)
  makeFolder('/')
  if (system.system === 'Darwin') {
    for (const folder of ['/private/etc', '/Library/Application Support']) makeFolder(folder)
    link('/etc', 'private/etc')
  }
  for (const folder of ['/etc', '/var/lib', ...(system.folders ?? [])]) {
    if (!exists(join(path, folder))) makeFolder(folder)
  }
  write('/facts', `${factsOf(system).join('\n')}\n`)
  for (const [file, text] of Object.entries(system.files ?? {})) write(file, text)
  for (const [file, target] of Object.entries(system.links ?? {})) link(file, target)
  return {
    path,
    write,
    makeFolder,
    link,
    tree,
    read: (file) => readFileSync(join(path, file), 'utf8'),
    run: (words, options) => runHelper([...words, '--root', path], options),
    added: (before) =>
      Object.entries(tree())
        .filter(([file, what]) => what.startsWith('file') && !(file in before))
        .map(([file]) => file),
  }
}

/** The words of the helper's `gather`. */
function factsOf({ system = 'Linux', active = [], resolved }: FakeSystem): readonly string[] {
  const facts = [`system=${system}`, ...active]
  if (resolved === undefined) return facts
  const { version, dnssec, dnsovertls, linkDns } = resolved
  facts.push(`version=${version}`, `dnssec=${dnssec}`, `dnsovertls=${dnsovertls}`)
  return linkDns ? [...facts, 'link-dns'] : facts
}

/** Runs the helper with exactly these words, as somebody who is not root. */
export function runHelper(
  words: readonly string[],
  { shell = 'dash', script = helperPath, prefix = [], env = {} }: RunOptions = {},
): HelperRun {
  const [program, ...argv] = unprivileged([...prefix, ...shell.split(' '), script, ...words])
  const { status, stdout } = spawnSync(program, argv, {
    encoding: 'utf8',
    env: { PATH: '/usr/bin:/bin', ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  return { status, ...readReport(stdout) }
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

/** Everything below `root`: type, mode, owner and content by path. */
export function describeTree(root: string, path = ''): Record<string, string> {
  const full = join(root, path)
  const { mode, uid } = lstatSync(full)
  const tail = `${(mode & 0o7777).toString(8)} ${uid}`
  const found: Record<string, string> = {}
  const type = mode & 0o170000
  if (type === 0o120000) found[path] = `link ${readlinkSync(full)}`
  else if (type !== 0o040000) found[path] = `file ${tail} ${readFileSync(full, 'utf8')}`
  else {
    found[path === '' ? '/' : path] = `folder ${tail}`
    for (const name of readdirSync(full))
      Object.assign(found, describeTree(root, `${path}/${name}`))
  }
  return found
}
