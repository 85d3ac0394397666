import type { ResolverBackend } from '../../../src-preload/contract/system-model.ts'
import {
  backendFiles,
  knownSuffixes,
  marker,
  noFileFacts,
  ownPaths,
  resolverFile,
  stateFolder,
  type PlannedFile,
} from './backend-files.ts'
import type { ResolverWish } from './resolver-config.ts'
import type { RegistryRule } from './windows-rules.ts'

/** What is there of ours. */
export type Installed =
  | { readonly kind: 'absent' }
  /** Exactly as the helper writes it for these settings. */
  | {
      readonly kind: 'ours'
      readonly backend: ResolverBackend
      readonly wish: ResolverWish
    }
  /** Ours by its marker, but not as we write it. */
  | { readonly kind: 'edited'; readonly where: string }

export interface InstalledFiles {
  readonly installed: Installed
  /** Paths of files with our marker. */
  readonly ours: readonly string[]
  /** Paths of ours where a file of somebody else stands. */
  readonly foreign: readonly string[]
  /** What the helper noted of itself: there until its work is undone to the end. */
  readonly noted?: Noted
}

export interface Noted {
  readonly folder: string
  readonly backend?: ResolverBackend
}

/** Every path that has to be read on this system. */
export function pathsToRead(platform: 'linux' | 'darwin'): readonly string[] {
  const files = platform === 'darwin' ? knownSuffixes.map(resolverFile) : Object.values(ownPaths)
  return [...files, manifestOf(platform)]
}

function manifestOf(platform: 'linux' | 'darwin'): string {
  return `${stateFolder(platform)}/manifest`
}

/**
 * What the files at our paths amount to. `found` holds the texts of those that exist; a link, a
 * folder or an unreadable file counts as text that is not ours. Pure.
 */
export function judgeFiles(
  platform: 'linux' | 'darwin',
  found: ReadonlyMap<string, string>,
): InstalledFiles {
  const manifest = manifestOf(platform)
  const ours = new Map([...found].filter(([, text]) => isMarked(text)))
  const foreign = [...found.keys()].filter((path) => path !== manifest && !ours.has(path))
  const noted = readNoted(platform, found.get(manifest) ?? '')
  const installed = judgeOurs(platform, ours)
  return {
    // An undo that was cut off: the files are gone, but nobody told the resolver.
    installed:
      installed.kind === 'absent' && noted !== undefined
        ? { kind: 'edited', where: manifest }
        : installed,
    ours: [...ours.keys()],
    foreign,
    ...(noted !== undefined && { noted }),
  }
}

function readNoted(platform: 'linux' | 'darwin', text: string): Noted | undefined {
  const word = /^v1 (\S+)/u.exec(text)?.[1]
  if (word === undefined) return undefined
  const backend = [...linuxBackends, 'resolver-files' as const].find((known) => known === word)
  return { folder: stateFolder(platform), ...(backend !== undefined && { backend }) }
}

function judgeOurs(platform: 'linux' | 'darwin', ours: ReadonlyMap<string, string>): Installed {
  const [anyPath] = ours.keys()
  if (anyPath === undefined) return { kind: 'absent' }
  const backends = platform === 'darwin' ? (['resolver-files'] as const) : linuxBackends
  for (const backend of backends) {
    const wish = readWish(backend, ours)
    if (wish === undefined) continue
    const isAsWritten = (path: string, text: string): boolean =>
      possibleFiles(backend, wish).some((file) => file.path === path && file.content === text)
    const edited = [...ours].find(([path, text]) => !isAsWritten(path, text))
    if (edited !== undefined) return { kind: 'edited', where: edited[0] }
    const missing = backendFiles(backend, wish, noFileFacts).find(({ path }) => !ours.has(path))
    if (missing !== undefined) return { kind: 'edited', where: missing.path }
    return { kind: 'ours', backend, wish }
  }
  return { kind: 'edited', where: anyPath }
}

const linuxBackends = [
  'dns-delegate',
  'own-link',
  'global-drop-in',
  'nm-dnsmasq',
  'dnsmasq',
] as const

/** Also those written only where what they speak to was there at the time. */
function possibleFiles(backend: ResolverBackend, wish: ResolverWish): readonly PlannedFile[] {
  const all = { hasNetworkManager: true, checksDnssec: true }
  return [false, true].flatMap((hasOtherAnchors) =>
    backendFiles(backend, wish, { ...all, hasOtherAnchors }),
  )
}

/** Port and suffixes of the backend's main file, if it is there and says. */
function readWish(
  backend: ResolverBackend,
  ours: ReadonlyMap<string, string>,
): ResolverWish | undefined {
  if (backend === 'resolver-files') {
    const suffixes = knownSuffixes.filter((suffix) => ours.has(resolverFile(suffix)))
    return wishOf(/^port (\d+)$/mu.exec([...ours.values()][0] ?? '')?.[1], suffixes)
  }
  const [main] = backendFiles(backend, { port: 53, suffixes: [] }, noFileFacts)
  const text = ours.get(main?.path ?? '')
  if (text === undefined) return undefined
  const port = /127\.0\.0\.1[:#](\d+)$/mu.exec(text)?.[1]
  const suffixes = knownSuffixes.filter(
    (suffix) => text.includes(`~${suffix}`) || text.includes(`/${suffix}/`),
  )
  return wishOf(port, suffixes)
}

function wishOf(port: string | undefined, suffixes: readonly string[]): ResolverWish | undefined {
  return port === undefined || suffixes.length === 0 ? undefined : { port: Number(port), suffixes }
}

/** `# …` or, where that is no comment, `; …`. */
function isMarked(text: string): boolean {
  const first = text.split('\n', 1)[0]
  return first === `# ${marker}` || first === `; ${marker}`
}

/** Rules of ours in the registry, local ones and those beside the group policy's. Pure. */
export function judgeRules(
  local: readonly RegistryRule[] | undefined,
  policy: readonly RegistryRule[] | undefined,
): Installed {
  const isOurs = ({ values }: RegistryRule): boolean => values['Comment'] === marker
  const all = [...(local ?? []), ...(policy ?? [])].filter(isOurs)
  const [first] = all
  if (first === undefined) return { kind: 'absent' }
  const names = first.values['Name'] ?? ''
  const suffixes = knownSuffixes.filter((suffix) => names.split('\\0').includes(`.${suffix}`))
  const isWhole = (rule: RegistryRule): boolean =>
    rule.values['Name'] === names &&
    rule.values['GenericDNSServers'] === '127.0.0.1' &&
    Number(rule.values['ConfigOptions']) === 8
  // Rules of a group policy mask those of the computer, so that ours must stand beside them.
  const isMasked = policy !== undefined && !policy.some(isOurs)
  const isComplete = names.split('\\0').length === suffixes.length && !isMasked
  if (suffixes.length === 0 || !isComplete || !all.every(isWhole)) {
    return { kind: 'edited', where: `the name resolution policy rule ${first.id}` }
  }
  return { kind: 'ours', backend: 'nrpt', wish: { port: 53, suffixes } }
}
