import { type FakeRoot, type FakeRoots, type FakeSystem, type HelperRun } from './fake-root.ts'

/** The script that is put to the test: the shipped one or a mutant of it. */
export interface Subject {
  readonly roots: FakeRoots
  readonly script: string
  readonly shell: string
}

const resolvConf = { '/etc/resolv.conf': 'nameserver 127.0.0.53\n' }

export function resolved(version: number, more: Partial<FakeSystem> = {}): FakeSystem {
  return {
    active: ['systemd-resolved'],
    resolved: { version, dnssec: 'no', dnsovertls: 'no', linkDns: true },
    ...more,
    files: { ...resolvConf, ...more.files },
    folders: ['/etc/systemd/system', ...(more.folders ?? [])],
  }
}

export const delegateFile = '/etc/systemd/dns-delegate.d/50-nostr-dns.dns-delegate'
export const delegateFolder = '/etc/systemd/dns-delegate.d'
export const manifestFile = '/var/lib/nostr-dns/manifest'
export const installWords = ['install', '--port', '5364', '--suffix', 'nostr', 'pkarr', 'key']

/** A root, and the helper run in it. */
export function prepare(
  { roots, script, shell }: Subject,
  system: FakeSystem,
): {
  readonly root: FakeRoot
  readonly run: (words: readonly string[], env?: Readonly<Record<string, string>>) => HelperRun
} {
  const root = roots.make(system)
  return { root, run: (words, env = {}) => root.run(words, { script, shell, env }) }
}
