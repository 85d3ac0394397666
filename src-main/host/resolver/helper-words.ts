import type { ResolverBackend } from '../../../src-preload/contract/system-model.ts'
import { knownSuffixes } from './backend-files.ts'
import type { ResolverWish } from './resolver-config.ts'

export type HelperRequest =
  | { readonly verb: 'install'; readonly wish: ResolverWish; readonly backend: ResolverBackend }
  | { readonly verb: 'uninstall' }

const backends: readonly ResolverBackend[] = [
  'dns-delegate',
  'own-link',
  'global-drop-in',
  'nm-dnsmasq',
  'dnsmasq',
  'resolver-files',
  'nrpt',
]

/** Whether the helper writes `port` anywhere. */
export function isHelperPort(port: number): boolean {
  return Number.isInteger(port) && (port === 53 || (port >= 1024 && port <= 65_535))
}

/**
 * The words for the helper. The backend is always named, so that it refuses rather than does
 * anything else than what the user agreed to. Throws RangeError for what is outside its closed sets.
 */
export function helperWords(request: HelperRequest): readonly string[] {
  if (request.verb === 'uninstall') return ['uninstall']
  const { wish, backend } = request
  const { port, suffixes } = wish
  const ordered = knownSuffixes.filter((suffix) => suffixes.includes(suffix))
  if (!isHelperPort(port)) throw new RangeError(`not a port: ${port}`)
  if (ordered.length === 0 || ordered.length !== suffixes.length) {
    throw new RangeError(`not suffixes: ${suffixes.join(' ')}`)
  }
  if (!backends.includes(backend)) throw new RangeError(`not a backend: ${backend}`)
  return ['install', '--port', String(port), '--suffix', ...ordered, '--backend', backend]
}
