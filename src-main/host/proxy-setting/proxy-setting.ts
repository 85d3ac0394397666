import { z } from 'zod'
import type { Env } from '../../env/env.ts'
import { fail, ok, toProblem, type Problem, type Result } from '../../env/errors.ts'
import type { Health } from '../../env/health.ts'
import { createJsonDocument } from '../../store/json-document.ts'
import { findProgram, systemFolders, type Exec } from '../exec.ts'
import type { ProxySetting, ProxySettingState } from '../trust-target.ts'
import { desktopVariables } from '../user-paths.ts'
import { chooseDesktop } from './choose-desktop.ts'
import { createGnomeProxy } from './gnome.ts'
import { createKdeProxy } from './kde.ts'
import { createMacosProxy } from './macos.ts'
import { mergeText } from './merge-text.ts'
import type { Memory, ProxyBackend, Reading } from './proxy-backend.ts'
import { createRun } from './run-command.ts'
import { startWatchdog, type Watchdog } from './watchdog.ts'
import { createWindowsProxy } from './windows.ts'

export interface ProxySettingOptions {
  readonly platform: NodeJS.Platform
  readonly exec: Exec
  readonly home: string
  /** The process's environment variables. */
  readonly variables: Readonly<Record<string, string | undefined>>
  /** JSON file that remembers what was there before us, in the data folder. */
  readonly statePath: string
  readonly health?: Health
  /** Where the desktop's programs are; the system's folders unless a test has its own. */
  readonly folders?: readonly string[]
}

const healthKey = 'proxy-setting'

const heldSchema = z.strictObject({
  pacUrl: z.string(),
  /** Which run set it: a watchdog of an earlier run must not undo a later one. */
  token: z.string().regex(/^[0-9a-f]{32}$/u),
  memory: z.record(z.string(), z.string()),
})
const stateSchema = z.strictObject({ version: z.literal(1), held: heldSchema.optional() })

type Held = z.output<typeof heldSchema>

/**
 * The desktop's automatic proxy setting. Before anything is changed the old values are on the disk
 * and a watchdog runs (Linux), so that neither `kill -9` nor a power cut leaves a dead proxy behind:
 * at the latest the next start repairs it. On macOS and Windows that start is enough: browsers go
 * direct while a configuration cannot be fetched, and ours concerns names under `.nostr` only.
 */
export function createProxySetting(env: Env, options: ProxySettingOptions): ProxySetting {
  const { statePath, health } = options
  const log = env.log.child('proxy-setting')
  const folders = options.folders ?? systemFolders(options.platform, options.variables)
  const variables = desktopVariables(options)
  const document = createJsonDocument<z.output<typeof stateSchema>>(env, {
    path: statePath,
    code: 'proxy-state',
    title: 'The remembered proxy setting',
    schema: stateSchema,
    version: 1,
    migrations: {},
    initial: { version: 1 },
    health,
  })
  let watchdog: Watchdog | undefined
  let queue: Promise<unknown> = Promise.resolve()

  const inTurn = <T>(task: () => Promise<Result<T>>): Promise<Result<T>> => {
    const run = queue.then(task)
    queue = run.catch(() => undefined)
    return run
  }

  const load = async (): Promise<Result<Held | undefined>> => {
    try {
      await document.start()
      return ok(document.get().held)
    } catch (error) {
      return { ok: false, error: toProblem(error) }
    }
  }
  const remember = async (held: Held | undefined): Promise<Result<void>> => {
    const saved = await document.update(() =>
      ok(held === undefined ? { version: 1 } : { version: 1, held }),
    )
    return saved.ok ? ok(undefined) : saved
  }

  const watch = async (backend: ProxyBackend, held: Held): Promise<void> => {
    await watchdog?.dismiss()
    const words = backend.watchdog(held.memory, held.pacUrl)
    const { token } = held
    watchdog = words && (await startWatchdog({ statePath, token, words, folders, variables }))
    if (words !== undefined && watchdog === undefined) log.warn('no watchdog could be started')
  }
  const unwatch = async (): Promise<void> => {
    await watchdog?.dismiss()
    watchdog = undefined
  }

  const newToken = (): string => Buffer.from(env.random.bytes(16)).toString('hex')

  /** Puts back what was there if what is there now is ours, and forgets about it. */
  const putBack = async (backend: ProxyBackend, held: Held): Promise<Result<void>> => {
    const reading = await backend.read()
    if (!reading.ok) return reading
    if (isPac(reading.value, held.pacUrl)) {
      const restored = await backend.restore(held.memory, held.pacUrl)
      const now = restored.ok ? await backend.read() : restored
      if (!now.ok) return now
      if (isPac(now.value, held.pacUrl)) {
        return fail('proxy.restore-failed', 'The old proxy setting did not come back.')
      }
      log.info('proxy setting restored')
    }
    return remember(undefined)
  }

  const complain = (result: Result<void>): Result<void> => {
    if (result.ok) health?.clear(healthKey)
    else health?.raise(healthKey, 'error', leftBehind(result.error))
    return result
  }

  const set = async (pacUrl: string): Promise<Result<void>> => {
    if (!isLoopbackPac(pacUrl)) {
      return fail('proxy.bad-address', 'Only a proxy configuration of this computer can be set.')
    }
    const backend = await openBackend(options, folders, variables)
    if (!backend.ok) return backend
    const held = await load()
    if (!held.ok) return held
    const reading = await backend.value.read()
    if (!reading.ok) return reading
    const memory = memoryBefore(reading.value, held.value, pacUrl)
    if (memory === undefined) {
      return fail(
        'proxy.foreign-setting',
        'Another proxy is set on this computer, so it was left as it is.',
        'Add the shown lines to its configuration, or remove it first.',
      )
    }
    const next: Held = { pacUrl, token: newToken(), memory }
    const remembered = await remember(next)
    if (!remembered.ok) return remembered
    await watch(backend.value, next)
    if (isPac(reading.value, pacUrl)) return complain(ok(undefined))
    const changed = await backend.value.set(pacUrl)
    const now = changed.ok ? await backend.value.read() : changed
    if (now.ok && isPac(now.value, pacUrl)) {
      log.info('proxy setting changed')
      return complain(ok(undefined))
    }
    const undone = await putBack(backend.value, next)
    await unwatch()
    if (!undone.ok) complain(undone)
    return now.ok ? fail('proxy.verify-failed', 'The desktop did not keep the proxy setting.') : now
  }

  const restore = async (): Promise<Result<void>> => {
    const held = await load()
    if (!held.ok) return held
    if (held.value === undefined) return ok(undefined)
    const backend = await openBackend(options, folders, variables)
    const done = backend.ok ? await putBack(backend.value, held.value) : backend
    // While it could not be put back the watchdog stays: it tries once more when we are gone.
    if (done.ok) await unwatch()
    return complain(done)
  }

  const repair = async (currentPacUrl: string | undefined): Promise<Result<void>> => {
    const held = await load()
    if (!held.ok) return held
    if (held.value === undefined) return ok(undefined)
    if (held.value.pacUrl !== currentPacUrl) return restore()
    const backend = await openBackend(options, folders, variables)
    if (!backend.ok) return backend
    const reading = await backend.value.read()
    if (!reading.ok) return reading
    if (!isPac(reading.value, currentPacUrl)) return remember(undefined)
    const taken: Held = { ...held.value, token: newToken() }
    const remembered = await remember(taken)
    if (remembered.ok) await watch(backend.value, taken)
    return remembered
  }

  return {
    async read(pacUrl) {
      const backend = await openBackend(options, folders, variables)
      const reading = backend.ok ? await backend.value.read() : backend
      if (!reading.ok) return { state: 'unsupported', reason: reading.error.message }
      const held = await load()
      return stateOf(reading.value, held.ok ? held.value : undefined, pacUrl)
    },
    set: (pacUrl) => inTurn(() => set(pacUrl)),
    restore: () => inTurn(restore),
    repair: (currentPacUrl) => inTurn(() => repair(currentPacUrl)),
  }
}

/** Programs that only a desktop has; without them the setting is not for us to change. */
async function openBackend(
  { platform, exec, variables: all }: ProxySettingOptions,
  folders: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<Result<ProxyBackend>> {
  const desktop = chooseDesktop(platform, all)
  const run = createRun(exec)
  switch (desktop.kind) {
    case 'unsupported':
      return fail('proxy.unsupported', desktop.reason)
    case 'gnome':
      return ok(createGnomeProxy(run, variables))
    case 'kde': {
      const hasSix = (await findProgram('kwriteconfig6', folders)) !== undefined
      return ok(createKdeProxy(run, variables, hasSix ? '6' : '5'))
    }
    case 'macos':
      return ok(createMacosProxy(run))
    case 'windows':
      return ok(createWindowsProxy(run, all['SystemRoot'] ?? 'C:\\Windows'))
  }
}

function stateOf(reading: Reading, held: Held | undefined, pacUrl: string): ProxySettingState {
  if (isPac(reading, pacUrl)) return { state: 'ours' }
  if (reading.kind === 'none' || isPac(reading, held?.pacUrl)) return { state: 'none' }
  const current = reading.kind === 'pac' ? reading.url : reading.current
  return { state: 'other', current, merge: mergeText(pacUrl) }
}

/** What `restore` will put back; undefined when the setting belongs to somebody else. */
function memoryBefore(
  reading: Reading,
  held: Held | undefined,
  pacUrl: string,
): Memory | undefined {
  if (reading.kind === 'none') return reading.memory
  // Ours from before, also with another port: what was there before that still counts.
  if (isPac(reading, held?.pacUrl)) return held?.memory
  return isPac(reading, pacUrl) ? {} : undefined
}

function isPac(reading: Reading, url: string | undefined): boolean {
  return reading.kind === 'pac' && reading.url === url
}

/** No character in it means anything to any of the programs that get it. */
function isLoopbackPac(url: string): boolean {
  return /^http:\/\/127\.0\.0\.1:\d{1,5}\/[A-Za-z0-9._/-]*$/u.test(url)
}

function leftBehind(problem: Problem): Problem {
  return {
    code: 'proxy.left-behind',
    message: `The proxy setting of this desktop could not be put back: ${problem.message}`,
    hint: 'Set the proxy to “none” in the network settings of the desktop.',
  }
}
