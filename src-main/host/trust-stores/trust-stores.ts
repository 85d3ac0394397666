import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Env } from '../../env/env.ts'
import { fail, ok, type Result } from '../../env/errors.ts'
import type { Health } from '../../env/health.ts'
import type { Exec } from '../exec.ts'
import type { TrustStores, TrustTarget } from '../trust-target.ts'
import { createCertutil } from './certutil.ts'
import { createInstallRecords } from './install-records.ts'
import { createMacosKeychain } from './macos-keychain.ts'
import { certutilHint } from './nss-package.ts'
import { createNssStore } from './nss-store.ts'
import { plainHex, readOwnRoot } from './own-root.ts'
import { refusal, type StoreBackend } from './store-backend.ts'
import { createSystemStore } from './system-store.ts'
import { createWindowsRoot } from './windows-root.ts'

export interface TrustStoreOptions {
  readonly platform: NodeJS.Platform
  readonly exec: Exec
  readonly home: string
  /** The process's environment variables. */
  readonly variables: Readonly<Record<string, string | undefined>>
  /** JSON file of what was installed where, in the data folder. */
  readonly recordsPath: string
  readonly health?: Health
  /** Where the system's own files are looked for; `/` unless a test has its own. */
  readonly systemRoot?: string
  /** Whether this process is the administrator already, so that no prompt is needed. */
  readonly isRoot?: boolean
}

/**
 * The trust stores of this computer. Changes happen one after the other; each is verified in the
 * store itself, recorded, and can be undone, also when the records are lost.
 */
export function createTrustStores(env: Env, options: TrustStoreOptions): TrustStores {
  const log = env.log.child('trust-stores')
  const backends = createBackends(env, options)
  const records = createInstallRecords(env, options.recordsPath, options.health)
  let queue: Promise<unknown> = Promise.resolve()

  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const run = queue.then(task)
    queue = run.catch(() => undefined)
    return run
  }
  const backendOf = (target: TrustTarget): StoreBackend | undefined =>
    backends.find((backend) => backend.owns(target.id))

  const targets = async (): Promise<readonly TrustTarget[]> =>
    (await Promise.all(backends.map((backend) => backend.targets()))).flat()

  /** Targets of now and of the records: a store that was changed once is never forgotten. */
  const knownTargets = async (): Promise<readonly TrustTarget[]> => {
    const known = new Map((await targets()).map((target) => [target.id, target]))
    for (const { targetId: id, title, kind, isPrivileged } of await records.list()) {
      if (!known.has(id)) known.set(id, { id, title, kind, isPrivileged })
    }
    return [...known.values()]
  }
  const known = async (target: TrustTarget): Promise<TrustTarget | undefined> =>
    (await knownTargets()).find(({ id }) => id === target.id)

  const install = async (wanted: TrustTarget, rootPem: string): Promise<Result<void>> => {
    const root = readOwnRoot(rootPem)
    if (root === undefined) return notOurs()
    const target = await known(wanted)
    const backend = target && backendOf(target)
    if (target === undefined || backend === undefined) return unknownTarget(wanted)
    const state = await backend.check(target, root)
    if (state.state === 'conflict' || state.state === 'unavailable') {
      return { ok: false, error: refusal(state) }
    }
    if (state.state === 'missing') {
      const added = await backend.add(target, root)
      if (!added.ok) return added
      log.info('root certificate installed', { target: target.id, sha256: root.sha256 })
    }
    const recorded = await records.add(target, root)
    if (recorded.ok) return recorded
    // What is not on record could be forgotten, so it does not stay. It was there before: it stays.
    if (state.state === 'missing') await backend.remove(target, root.sha256)
    return recorded
  }

  const remove = async (wanted: TrustTarget, sha256: string): Promise<Result<void>> => {
    const target = await known(wanted)
    const backend = target && backendOf(target)
    if (target === undefined || backend === undefined) return unknownTarget(wanted)
    const removed = await backend.remove(target, sha256)
    if (!removed.ok) return removed
    log.info('root certificate removed', { target: target.id, sha256 })
    return records.remove(target.id, sha256)
  }

  const removeAll = async (): Promise<Result<readonly string[]>> => {
    const removed: string[] = []
    const problems: string[] = []
    for (const target of await knownTargets()) {
      const found = await backendOf(target)?.findOwn(target)
      if (found === undefined) continue
      if (!found.ok) {
        problems.push(`${target.title}: ${found.error.message}`)
        continue
      }
      const recorded = (await records.list()).filter(({ targetId }) => targetId === target.id)
      for (const sha256 of new Set([...found.value, ...recorded].map((own) => own.sha256))) {
        const root = found.value.find((own) => own.sha256 === sha256)
        const result = await remove(target, sha256)
        if (!result.ok) problems.push(`${target.title}: ${result.error.message}`)
        else if (root !== undefined) removed.push(`${root.commonName} from ${target.title}`)
      }
    }
    if (problems.length === 0) return ok(removed)
    return fail(
      'trust.removal-incomplete',
      `Some certificates could not be removed. ${problems.join(' ')}`,
      'Close the browsers and try again, or remove them by hand: they can only sign for names that end in .nostr.',
    )
  }

  return {
    targets,
    async check(target, rootPem) {
      const root = readOwnRoot(rootPem)
      const backend = backendOf(target)
      if (root === undefined || backend === undefined) {
        const { error } = root === undefined ? notOurs() : unknownTarget(target)
        return { state: 'unavailable', detail: error.message, hint: 'Make a new authority.' }
      }
      return backend.check(target, root)
    },
    install: (target, rootPem) => inTurn(() => install(target, rootPem)),
    remove: (target, rootSha256) => inTurn(() => remove(target, plainHex(rootSha256))),
    removeAll: () => inTurn(removeAll),
  }
}

function createBackends(env: Env, options: TrustStoreOptions): readonly StoreBackend[] {
  const { platform, exec, variables, recordsPath, systemRoot = '/', isRoot = false } = options
  const paths = { home: options.home, variables }
  const folder = dirname(recordsPath)
  if (platform === 'darwin') return [createMacosKeychain({ exec, home: options.home, folder })]
  if (platform === 'win32') return [createWindowsRoot({ exec, variables, folder })]
  if (platform !== 'linux') return []
  const hint = async (): Promise<string> =>
    certutilHint(await readFile(join(systemRoot, 'etc/os-release'), 'utf8').catch(() => ''))
  return [
    createNssStore(paths, createCertutil(exec, env.clock, hint)),
    createSystemStore({ exec, systemRoot, isRoot }),
  ]
}

function notOurs(): ReturnType<typeof fail> {
  return fail(
    'trust.not-ours',
    'This is not a root certificate that can sign for names ending in .nostr only.',
  )
}

function unknownTarget(target: TrustTarget): ReturnType<typeof fail> {
  return fail('trust.unknown-target', `There is no trust store “${target.id}” on this computer.`)
}
