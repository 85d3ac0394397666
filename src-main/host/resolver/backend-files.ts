import { ownLinkName } from '../own-link.ts'
import type { ResolverBackend } from '../../../src-preload/contract/system-model.ts'
import type { ResolverWish } from './resolver-config.ts'

/** Suffixes that the helper knows; order as in its files. */
export const knownSuffixes = ['nostr', 'pkarr', 'key'] as const

/** In the first line of every file of ours. `assets/helper/dns-helper.sh` has the same text. */
export const marker = 'Written by Nostr DNS, which replaces and removes this file.'

export interface PlannedFile {
  readonly path: string
  readonly content: string
}

/** What decides, beside the wish, which files there are. */
export interface FileFacts {
  readonly hasNetworkManager: boolean
  /** Whether resolved checks signatures; links of our own switch that off for themselves. */
  readonly checksDnssec: boolean
  /** Others list names without signatures too. */
  readonly hasOtherAnchors: boolean
}

export const noFileFacts: FileFacts = {
  hasNetworkManager: false,
  checksDnssec: false,
  hasOtherAnchors: false,
}

/** Every path the helper writes to, and so all that has to be read to know what it did. */
export const ownPaths = {
  anchors: '/etc/dnssec-trust-anchors.d/50-nostr-dns.negative',
  delegate: '/etc/systemd/dns-delegate.d/50-nostr-dns.dns-delegate',
  global: '/etc/systemd/resolved.conf.d/50-nostr-dns.conf',
  unmanaged: '/etc/NetworkManager/conf.d/50-nostr-dns.conf',
  unit: '/etc/systemd/system/50-nostr-dns.service',
  start: '/etc/systemd/system/multi-user.target.d/50-nostr-dns.conf',
  networkManager: '/etc/NetworkManager/dnsmasq.d/50-nostr-dns.conf',
  dnsmasq: '/etc/dnsmasq.d/50-nostr-dns.conf',
} as const

/** macOS: the resolver file of a suffix. */
export function resolverFile(suffix: string): string {
  return `/etc/resolver/${suffix}`
}

/** Where the helper notes what it did, in a file `manifest`; nothing else is in there. */
export function stateFolder(platform: 'linux' | 'darwin'): string {
  return platform === 'darwin' ? '/Library/Application Support/nostr-dns' : '/var/lib/nostr-dns'
}

/**
 * The files that the helper writes for `backend`, byte by byte. The first one names port and
 * suffixes. Nothing for Windows, where rules live in the registry.
 */
export function backendFiles(
  backend: ResolverBackend,
  { port, suffixes }: ResolverWish,
  facts: FileFacts,
): readonly PlannedFile[] {
  const ordered = knownSuffixes.filter((suffix) => suffixes.includes(suffix))
  const domains = ordered.map((suffix) => `~${suffix}`).join(' ')
  const server = `127.0.0.1:${port}`
  const anchors = file(ownPaths.anchors, [
    `; ${marker}`,
    ...ordered,
    ...(facts.hasOtherAnchors ? [] : builtInNegativeAnchors),
  ])
  const section = (name: string): readonly string[] => [
    `[${name}]`,
    `DNS=${server}`,
    `Domains=${domains}`,
  ]
  switch (backend) {
    case 'dns-delegate':
    case 'global-drop-in': {
      const main =
        backend === 'dns-delegate'
          ? file(ownPaths.delegate, [`# ${marker}`, ...section('Delegate')])
          : file(ownPaths.global, [`# ${marker}`, ...section('Resolve')])
      return facts.checksDnssec ? [main, anchors] : [main]
    }
    case 'own-link': {
      const unmanaged = file(ownPaths.unmanaged, [
        `# ${marker}`,
        '[keyfile]',
        `unmanaged-devices+=interface-name:${ownLinkName}`,
      ])
      return [
        file(ownPaths.unit, unitLines(domains, server)),
        file(ownPaths.start, [`# ${marker}`, '[Unit]', `Wants=${unitName}`]),
        ...(facts.hasNetworkManager ? [unmanaged] : []),
      ]
    }
    case 'nm-dnsmasq':
    case 'dnsmasq': {
      const path = backend === 'dnsmasq' ? ownPaths.dnsmasq : ownPaths.networkManager
      const routes = ordered.flatMap((suffix) => [
        `server=/${suffix}/127.0.0.1#${port}`,
        `rebind-domain-ok=/${suffix}/`,
      ])
      return [file(path, [`# ${marker}`, ...routes])]
    }
    case 'resolver-files':
      return ordered.map((suffix) =>
        file(resolverFile(suffix), [`# ${marker}`, 'nameserver 127.0.0.1', `port ${port}`]),
      )
    case 'nrpt':
      return []
  }
}

const unitName = '50-nostr-dns.service'

function unitLines(domains: string, server: string): readonly string[] {
  const ip = '/sbin/ip'
  return [
    `# ${marker}`,
    '[Unit]',
    'Description=Nostr DNS: the link that leads its names to 127.0.0.1',
    'After=systemd-resolved.service dbus.service',
    '',
    '[Service]',
    'Type=oneshot',
    'RemainAfterExit=yes',
    `ExecStartPre=-${ip} link delete ${ownLinkName}`,
    `ExecStart=/bin/sh -c '${ip} link add ${ownLinkName} type dummy || ${ip} link add ${ownLinkName} type bridge'`,
    `ExecStart=${ip} address add 192.0.2.1/32 dev ${ownLinkName}`,
    `ExecStart=${ip} link set ${ownLinkName} up`,
    ...[
      `dnssec ${ownLinkName} no`,
      `dnsovertls ${ownLinkName} no`,
      `llmnr ${ownLinkName} no`,
      `mdns ${ownLinkName} no`,
      `default-route ${ownLinkName} no`,
      `domain ${ownLinkName} ${domains}`,
      `dns ${ownLinkName} ${server}`,
    ].map((words) => `ExecStart=/usr/bin/resolvectl ${words}`),
    `ExecStop=-${ip} link delete ${ownLinkName}`,
  ]
}

/**
 * The list resolved has built in, which it forgets as soon as there is any file of such names
 * (dnssec-trust-anchors.d(5)).
 */
const builtInNegativeAnchors: readonly string[] = [
  ...['test', 'local', 'home', 'corp', 'lan', 'intranet', 'internal', 'private', 'home.arpa'],
  ...['resolver.arpa', 'ipv4only.arpa', 'alt', 'd.f.ip6.arpa'],
  ...['10', '168.192', '170.0.0.192', '171.0.0.192'].map((net) => `${net}.in-addr.arpa`),
  ...Array.from({ length: 16 }, (_, index) => `${16 + index}.172.in-addr.arpa`),
]

function file(path: string, lines: readonly string[]): PlannedFile {
  return { path, content: `${lines.join('\n')}\n` }
}
