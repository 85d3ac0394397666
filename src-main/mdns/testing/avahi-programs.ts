import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Avahi's programs, wherever they are. */
export interface AvahiPrograms {
  path(program: 'avahi-daemon' | 'avahi-resolve' | 'avahi-publish'): string
  /** Environment in which they find their libraries. */
  readonly env: NodeJS.ProcessEnv
}

/**
 * Avahi as `npm test` unpacked it (scripts/extracted-packages.mjs), or else as it is installed;
 * undefined where it is neither.
 */
export function findAvahi(): AvahiPrograms | undefined {
  const base = process.env['NOSTR_DNS_TEST_PACKAGES']
  const root = base === undefined ? '/' : join(base, 'avahi')
  return avahiIn(root) ?? avahiIn('/')
}

function avahiIn(root: string): AvahiPrograms | undefined {
  const daemon = join(root, 'usr/sbin/avahi-daemon')
  const tools = join(root, 'usr/bin')
  if (!existsSync(daemon) || !existsSync(join(tools, 'avahi-publish'))) return undefined
  const libraries = join(root, 'usr/lib')
  const folders = readdirSync(libraries).filter((name) => name.endsWith('-linux-gnu'))
  return {
    path: (program) => (program === 'avahi-daemon' ? daemon : join(tools, program)),
    env: {
      PATH: process.env['PATH'],
      LD_LIBRARY_PATH: folders.map((name) => join(libraries, name)).join(':'),
    },
  }
}

/** Whether `program` is installed. */
export function isInstalled(program: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin']
  return folders.some((folder) => existsSync(join(folder, program)))
}
