import type { ResolverBackend, SystemPlan } from '../../../src-preload/contract/system-model.ts'
import { fail, ok, type Result } from '../../env/errors.ts'
import { backendFiles, knownSuffixes, type PlannedFile } from './backend-files.ts'
import { backendCommands, type CommandFacts } from './backend-commands.ts'
import { chooseBackend, fileFacts } from './choose-backend.ts'
import { isHelperPort } from './helper-words.ts'
import type { InstalledFiles } from './installed.ts'
import type { ResolverWish } from './resolver-config.ts'
import type { SystemFacts } from './system-facts.ts'
import { unsupportedProblem } from './unsupported.ts'

/**
 * What the helper would write and run here, to be shown before anybody is asked for a password; or
 * why it cannot be done, with what to do by hand. Pure.
 */
export function planSystem(facts: SystemFacts, wish: ResolverWish): Result<SystemPlan> {
  const choice = chooseBackend(facts)
  if (choice.kind === 'unsupported') {
    const problem = unsupportedProblem(choice.reason, wish)
    return fail(problem.code, problem.message, problem.hint)
  }
  const { backend, title } = choice
  const port = portFor(backend, wish)
  if (!isHelperPort(port)) return badPort(port)
  const suffixes = knownSuffixes.filter((suffix) => wish.suffixes.includes(suffix))
  const files = backendFiles(backend, { port, suffixes }, fileFacts(facts))
  const { install, uninstall } = backendCommands(backend, commandFacts(facts, suffixes))
  return ok({
    backend,
    title,
    suffixes,
    port,
    files,
    commands: install,
    undo: [...files.map(({ path }) => `rm ${path}`), ...uninstall],
    byHand: byHand(backend, files, install),
    ...(backend === 'global-drop-in' && { consent: globalConsent }),
  })
}

function badPort(port: number): Result<never> {
  return fail(
    'system.bad-port',
    `The system’s resolver cannot be sent to port ${port}, which belongs to other services.`,
    'Choose port 53 or one from 1024 for “our names only” in the settings.',
  )
}

function commandFacts(facts: SystemFacts, suffixes: readonly string[]): CommandFacts {
  const isLinux = facts.platform === 'linux'
  return {
    suffixes,
    usesNetworkManager: isLinux && facts.active.networkManager,
    usesResolved: isLinux && facts.active.resolved,
    usesNscd: isLinux && facts.hasNscd,
  }
}

/** Windows asks at port 53 and nowhere else: rules take no port. */
export function portFor(backend: ResolverBackend, { port }: ResolverWish): number {
  return backend === 'nrpt' ? 53 : port
}

const globalConsent =
  'On this system every name you look up is also shown to this app; it ignores the rest.'

/** What removes all that is there of ours, whatever this system would be told today. */
export function undoSteps(
  facts: SystemFacts,
  { installed, ours, noted }: InstalledFiles,
  plan: SystemPlan | undefined,
): readonly string[] {
  const backend = installed.kind === 'ours' ? installed.backend : (noted?.backend ?? plan?.backend)
  const commands =
    backend === undefined ? [] : backendCommands(backend, commandFacts(facts, [])).uninstall
  const notes = noted === undefined ? [] : [`rm -r ${quoteIfNeeded(noted.folder)}`]
  return [...ours.map((path) => `rm ${path}`), ...commands, ...notes]
}

/** The same to be typed in a terminal; on Windows in one of the administrator's. */
export function undoByHand({ platform }: SystemFacts, steps: readonly string[]): string {
  return steps.map((step) => (platform === 'win32' ? step : `sudo ${step}`)).join('\n')
}

/** The same as commands for a terminal. */
function byHand(
  backend: ResolverBackend,
  files: readonly PlannedFile[],
  commands: readonly string[],
): string {
  if (backend === 'nrpt') return commands.join('\n')
  const lines = files.flatMap(({ path, content }) => [
    `sudo mkdir -p ${path.slice(0, path.lastIndexOf('/'))}`,
    `printf '%s\\n' ${content.trimEnd().split('\n').map(quote).join(' ')} | sudo tee ${path} >/dev/null`,
  ])
  return [...new Set([...lines, ...commands.map((command) => `sudo ${command}`)])].join('\n')
}

function quoteIfNeeded(text: string): string {
  return /^[\w/.-]+$/u.test(text) ? text : quote(text)
}

/** For a POSIX shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
