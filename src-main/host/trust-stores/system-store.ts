import { access, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fail, ok, type Result } from '../../env/errors.ts'
import type { Exec } from '../exec.ts'
import type { TargetState, TrustTarget } from '../trust-target.ts'
import { elevate, readElevated, type AnchorRequest } from './elevation.ts'
import { identify, readOwnRoot, splitPem, type OwnRoot } from './own-root.ts'
import type { StoreBackend } from './store-backend.ts'

/** The system's store of one family of distributions; the first whose folder exists is used. */
interface Anchors {
  readonly folder: string
  /** For people who do it by hand. */
  readonly update: string
}

/** In the order of specs/tls-trust.md s.5.2; `trust-anchor.sh` has the same table. */
const knownAnchors: readonly Anchors[] = [
  { folder: '/etc/pki/ca-trust/source/anchors', update: 'update-ca-trust extract' },
  { folder: '/usr/local/share/ca-certificates', update: 'update-ca-certificates' },
  { folder: '/etc/ca-certificates/trust-source/anchors', update: 'trust extract-compat' },
  { folder: '/usr/share/pki/trust/anchors', update: 'update-ca-certificates' },
]

/** What programs read: made from the anchors by the update command. */
const bundles: readonly string[] = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/ca-bundle.pem',
]

const target: TrustTarget = {
  id: 'linux-system',
  title: 'System store (curl, git, wget …)',
  kind: 'system',
  isPrivileged: true,
}

export interface SystemStoreOptions {
  readonly exec: Exec
  /** Folder that stands for `/`. */
  readonly systemRoot: string
  readonly isRoot: boolean
}

/** The certificate store that command line programs use on Linux. Looking needs no privilege. */
export function createSystemStore({ exec, systemRoot, isRoot }: SystemStoreOptions): StoreBackend {
  const below = (path: string): string => join(systemRoot, path)

  const anchors = async (): Promise<Anchors | undefined> => {
    for (const candidate of knownAnchors) {
      if (await exists(below(candidate.folder))) return candidate
    }
    return undefined
  }

  const inBundle = async (root: OwnRoot): Promise<boolean> => {
    for (const path of bundles) {
      const text = await readFile(below(path), 'utf8').catch(() => undefined)
      if (text !== undefined) return squeeze(text).includes(bodyOf(root.pem))
    }
    return true
  }

  const check = async (root: OwnRoot): Promise<TargetState> => {
    const store = await anchors()
    if (store === undefined) {
      return {
        state: 'unavailable',
        detail: 'The certificate store of this system is not known.',
        hint: 'Browsers do not need it. Programs such as curl take the root certificate as an option.',
      }
    }
    const file = await readText(below(join(store.folder, anchorName(root.sha256))))
    if (file === undefined) return { state: 'missing' }
    if (splitPem(file).length !== 1 || identify(file)?.sha256 !== root.sha256) {
      const path = join(store.folder, anchorName(root.sha256))
      return { state: 'conflict', detail: `The file ${path} is not ours.` }
    }
    return (await inBundle(root)) ? { state: 'installed' } : { state: 'missing' }
  }

  const ask = async (request: AnchorRequest): Promise<Result<void>> => {
    const store = await anchors()
    const done = readElevated(await exec(elevate(request, isRoot)))
    if (done.ok) return ok(undefined)
    if (!done.error.code.startsWith('elevation.') || store === undefined) return done
    return { ok: false, error: { ...done.error, hint: byHand(request, store) } }
  }

  return {
    owns: (id) => id === target.id,
    targets: () => Promise.resolve([target]),
    check: (_target, root) => check(root),
    async add(_target, root) {
      const asked = await ask({ verb: 'trust-add', sha256: root.sha256, pem: root.pem })
      if (!asked.ok) return asked
      // What the elevated script says is not believed but looked at.
      if ((await check(root)).state === 'installed') return ok(undefined)
      await ask({ verb: 'trust-remove', sha256: root.sha256 })
      return fail('trust.verify-failed', 'The system store does not have the certificate.')
    },
    async remove(_target, sha256) {
      const store = await anchors()
      const path = store && below(join(store.folder, anchorName(sha256)))
      // Nothing to do means no prompt.
      if (path === undefined || !(await exists(path))) return ok(undefined)
      const asked = await ask({ verb: 'trust-remove', sha256 })
      if (!asked.ok) return asked
      return (await exists(path))
        ? fail('trust.removal-failed', 'The certificate is still in the system store.')
        : ok(undefined)
    },
    async findOwn() {
      const store = await anchors()
      if (store === undefined) return ok([])
      const names = await readdir(below(store.folder)).catch(() => [])
      const roots: OwnRoot[] = []
      for (const name of names) {
        const text = isAnchorName(name)
          ? await readText(below(join(store.folder, name)))
          : undefined
        const root = text === undefined ? undefined : readOwnRoot(text)
        if (root !== undefined && anchorName(root.sha256) === name) roots.push(root)
      }
      return ok(roots)
    },
  }
}

/** File name of an anchor; `trust-anchor.sh` makes the same. */
function anchorName(sha256: string): string {
  return `nostr-dns-${sha256.slice(0, 16)}.crt`
}

function isAnchorName(name: string): boolean {
  return /^nostr-dns-[0-9a-f]{16}\.crt$/u.test(name)
}

/** The same change as commands that a person can type. */
function byHand({ verb, sha256 }: AnchorRequest, { folder, update }: Anchors): string {
  const path = `${folder}/${anchorName(sha256)}`
  const first = verb === 'trust-add' ? `sudo cp ROOT.pem ${path}` : `sudo rm ${path}`
  const where = verb === 'trust-add' ? 'Export the root certificate as ROOT.pem, then run' : 'Run'
  return `${where} in a terminal: ${first} && sudo ${update}`
}

function bodyOf(pem: string): string {
  return squeeze(pem.replaceAll(/-----[^-]+-----/gu, ''))
}

function squeeze(text: string): string {
  return text.replaceAll(/\s+/gu, '')
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined)
}
