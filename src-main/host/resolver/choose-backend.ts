import type { ResolverBackend } from '../../../src-preload/contract/system-model.ts'
import { ownLinkName } from '../own-link.ts'
import { noFileFacts, type FileFacts } from './backend-files.ts'
import type { LinuxFacts, SystemFacts } from './system-facts.ts'

/** Why this computer cannot send some names to us. `assets/helper` has the same in capitals. */
export type UnsupportedReason =
  | 'unknown-system'
  | 'nixos'
  | 'resolved-old'
  | 'resolved-down'
  | 'resolved-unused'
  | 'global-dns'
  | 'no-link-dns'
  | 'dns-over-tls'
  | 'dnsmasq-no-conf-dir'
  | 'resolvconf'
  | 'plain'

export type BackendChoice =
  | {
      readonly kind: 'supported'
      readonly backend: ResolverBackend
      /** For people: `systemd 257, own link`. */
      readonly title: string
    }
  | { readonly kind: 'unsupported'; readonly reason: UnsupportedReason }

/** Which mechanism takes single suffixes on this computer (specs/resolver-config.md s.2). Pure. */
export function chooseBackend(facts: SystemFacts): BackendChoice {
  switch (facts.platform) {
    case 'darwin':
      return supported('resolver-files')
    case 'win32':
      return supported('nrpt')
    case 'linux':
      return chooseOnLinux(facts)
    case 'other':
      return unsupported('unknown-system')
  }
}

/** For people. `version` is systemd's, where that matters. */
export function backendTitle(backend: ResolverBackend, version?: number): string {
  const systemd = version === undefined ? 'systemd' : `systemd ${version}`
  switch (backend) {
    case 'dns-delegate':
      return `${systemd}, DNS delegate`
    case 'own-link':
      return `${systemd}, own link`
    case 'global-drop-in':
      return `${systemd}, for the whole computer`
    case 'nm-dnsmasq':
      return 'NetworkManager with dnsmasq'
    case 'dnsmasq':
      return 'dnsmasq'
    case 'resolver-files':
      return 'macOS, resolver files'
    case 'nrpt':
      return 'Windows, name resolution policy'
  }
}

function chooseOnLinux(facts: LinuxFacts): BackendChoice {
  // Its configuration is built from one description; files written beside it do not last.
  if (facts.isNixos) return unsupported('nixos')
  const servers = nameservers(facts.resolvConf ?? '')
  const usesStub = servers.length > 0 && servers.every((server) => stubs.has(server))
  // dnsmasq's own address, or the one NetworkManager gives it on Ubuntu.
  const usesNear = !usesStub && /^127\.0\.[01]\.1$/u.test(servers[0] ?? '')
  if (facts.active.resolved) {
    // A header that names resolved proves nothing, nor does a running service: only who is asked.
    if (usesStub || asksResolvedFirst(facts.nsswitch ?? '')) return chooseOfResolved(facts)
    if (!usesNear) return unsupported('resolved-unused')
  }
  if (usesStub) return unsupported('resolved-down')
  if (usesNear) return chooseOfDnsmasq(facts)
  return unsupported(/^#.*resolvconf/mu.test(facts.resolvConf ?? '') ? 'resolvconf' : 'plain')
}

/** By version: what each mechanism needs and breaks was tried out (specs/resolver-config.md s.3b). */
function chooseOfResolved(facts: LinuxFacts): BackendChoice {
  const version = facts.systemdVersion ?? 0
  // Where all DNS must go over TLS only a link can be told otherwise; our server does not speak it.
  const requiresTls = globalValue(facts.resolvedTls) === 'yes'
  if (version >= 258 && !requiresTls) return supported('dns-delegate', version)
  if (version >= 252) return supported('own-link', version)
  // Earlier ones take no port (systemd #17858).
  if (version < 246) return unsupported('resolved-old')
  if (requiresTls) return unsupported('dns-over-tls')
  // Ours beside the administrator's would take turns, and names would go to the wrong one.
  if (facts.resolvedConf.some((text) => /^[ \t]*DNS[ \t]*=[ \t]*\S/mu.test(text))) {
    return unsupported('global-dns')
  }
  // A global DNS= switches the fallback servers off: without servers of a link all else would fail.
  return hasLinkServer(facts.resolvedServers ?? '')
    ? supported('global-drop-in', version)
    : unsupported('no-link-dns')
}

function chooseOfDnsmasq(facts: LinuxFacts): BackendChoice {
  if (facts.active.networkManager && networkManagerDns(facts.networkManagerConf) === 'dnsmasq') {
    return supported('nm-dnsmasq')
  }
  if (!facts.active.dnsmasq) return unsupported('plain')
  return readsConfDir(facts) ? supported('dnsmasq') : unsupported('dnsmasq-no-conf-dir')
}

/** What decides which files belong to the backend. Pure. */
export function fileFacts(facts: SystemFacts): FileFacts {
  if (facts.platform !== 'linux') return noFileFacts
  return {
    hasNetworkManager: facts.hasNetworkManager,
    // Unknown counts as yes.
    checksDnssec: globalValue(facts.resolvedDnssec) !== 'no',
    hasOtherAnchors: facts.hasOtherAnchors,
  }
}

const stubs: ReadonlySet<string> = new Set(['127.0.0.53', '127.0.0.54'])

function nameservers(resolvConf: string): readonly string[] {
  return [...resolvConf.matchAll(/^nameserver[ \t]+(\S+)/gmu)].map(([, server = '']) => server)
}

/** nsswitch.conf(5): the module `resolve` comes before `dns`. */
function asksResolvedFirst(nsswitch: string): boolean {
  const services = /^hosts:(.*)$/mu.exec(nsswitch)?.[1]?.trim().split(/\s+/u) ?? []
  const resolve = services.indexOf('resolve')
  const dns = services.indexOf('dns')
  return resolve >= 0 && (dns < 0 || resolve < dns)
}

/** `dns=` of the section [main], where the last one counts. */
function networkManagerDns(files: readonly string[]): string | undefined {
  let found: string | undefined
  for (const text of files) {
    let section = ''
    for (const line of text.split('\n')) {
      section = /^\s*\[([^\]]*)\]/u.exec(line)?.[1] ?? section
      const value = /^\s*dns\s*=\s*(.*?)\s*$/u.exec(line)?.[1]
      if (section === 'main' && value !== undefined) found = value
    }
  }
  return found
}

/** Whether dnsmasq reads files ending in .conf of its folder. */
function readsConfDir({ dnsmasqConf = '', dnsmasqDefault = '' }: LinuxFacts): boolean {
  const values = [
    ...dnsmasqConf.matchAll(/^\s*conf-dir\s*=\s*(\S+)/gmu),
    ...dnsmasqDefault.matchAll(/^\s*CONFIG_DIR=["']?([^"'\s]+)/gmu),
  ].map(([, value = '']) => value.split(','))
  return values.some(
    ([folder = '', ...endings]) =>
      folder.replace(/\/+$/u, '') === '/etc/dnsmasq.d' && takesOurs(endings),
  )
}

/** dnsmasq(8): `*.conf` takes only files with that ending, `.bak` leaves such files out. */
function takesOurs(endings: readonly string[]): boolean {
  const ours = '50-nostr-dns.conf'
  const only = endings.filter((ending) => ending.startsWith('*')).map((ending) => ending.slice(1))
  const without = endings.filter((ending) => ending !== '' && !ending.startsWith('*'))
  return (
    (only.length === 0 || only.some((ending) => ours.endsWith(ending))) &&
    !without.some((ending) => ours.endsWith(ending))
  )
}

/** Of lines such as `Global: no` and `Link 3 (eth0): no`, the value for the whole computer. */
function globalValue(text = ''): string | undefined {
  return /^Global:[ \t]*(\S+)/mu.exec(text)?.[1]
}

/** Whether a link other than ours has a server, as in `Link 3 (eth0): 192.0.2.53`. */
function hasLinkServer(text: string): boolean {
  return text
    .split('\n')
    .some((line) => /^Link \d+ \([^)]*\):[ \t]*\S/u.test(line) && !line.includes(ownLinkName))
}

function supported(backend: ResolverBackend, version?: number): BackendChoice {
  return { kind: 'supported', backend, title: backendTitle(backend, version) }
}

function unsupported(reason: UnsupportedReason): BackendChoice {
  return { kind: 'unsupported', reason }
}
