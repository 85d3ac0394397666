import { access, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Exec } from '../exec.ts'
import { ownPaths } from './backend-files.ts'
import type { LinuxFacts, SystemFacts } from './system-facts.ts'
import { policyRulesKey, rulesOf } from './windows-rules.ts'

export interface FactsOptions {
  readonly platform: NodeJS.Platform
  readonly exec: Exec
  /** Folder that stands for `/`. */
  readonly systemRoot: string
}

/** Looks at the operating system; needs no privilege and changes nothing. */
export async function gatherFacts(options: FactsOptions): Promise<SystemFacts> {
  const { platform, exec } = options
  if (platform === 'linux') return gatherLinux(options)
  if (platform === 'darwin') return { platform }
  if (platform !== 'win32') return { platform: 'other', name: platform }
  return { platform, hasPolicyRules: (await rulesOf(exec, policyRulesKey)) !== undefined }
}

async function gatherLinux({ exec, systemRoot }: FactsOptions): Promise<LinuxFacts> {
  const below = (path: string): string => join(systemRoot, path)
  const text = (path: string): Promise<string | undefined> =>
    readFile(below(path), 'utf8').catch(() => undefined)
  const exists = (path: string): Promise<boolean> =>
    access(below(path)).then(
      () => true,
      () => false,
    )
  const output = async (program: string, ...argv: string[]): Promise<string | undefined> => {
    const result = await exec({ program, argv })
    return result.kind === 'exited' && result.code === 0 ? result.stdout : undefined
  }
  const isActive = async (unit: string): Promise<boolean> =>
    (await output('systemctl', 'is-active', '--quiet', `${unit}.service`)) !== undefined

  const [resolved, networkManager, dnsmasq] = await Promise.all(
    ['systemd-resolved', 'NetworkManager', 'dnsmasq'].map(isActive),
  )
  const ofResolved = (...argv: string[]): Promise<string | undefined> =>
    resolved === true ? output('resolvectl', ...argv) : Promise.resolve(undefined)
  const version = /^systemd (\d+)/u.exec((await output('resolvectl', '--version')) ?? '')?.[1]
  const facts = {
    resolvConf: await text('/etc/resolv.conf'),
    nsswitch: await text('/etc/nsswitch.conf'),
    resolvedServers: await ofResolved('dns'),
    resolvedTls: await ofResolved('dnsovertls'),
    resolvedDnssec: await ofResolved('dnssec'),
    dnsmasqConf: await text('/etc/dnsmasq.conf'),
    dnsmasqDefault: await text('/etc/default/dnsmasq'),
    systemdVersion: version === undefined ? undefined : Number(version),
  }
  return {
    platform: 'linux',
    isNixos: await exists('/etc/NIXOS'),
    active: {
      resolved: resolved === true,
      networkManager: networkManager === true,
      dnsmasq: dnsmasq === true,
    },
    resolvedConf: await readResolvedConf(systemRoot),
    hasOtherAnchors: await hasOtherAnchors(systemRoot),
    networkManagerConf: await readNetworkManager(systemRoot),
    hasNetworkManager: await exists('/etc/NetworkManager'),
    hasNscd: await exists('/run/nscd/socket'),
    ...present(facts),
  }
}

const systemdFolders = ['/etc', '/run', '/usr/local/lib', '/usr/lib']

/** resolved.conf(5), without our own drop-in. */
async function readResolvedConf(systemRoot: string): Promise<readonly string[]> {
  const main = ['/etc/systemd/resolved.conf', '/usr/lib/systemd/resolved.conf']
  const dropIns = await Promise.all(
    systemdFolders.map(async (folder) => {
      const below = `${folder}/systemd/resolved.conf.d`
      const names = await filesOf(join(systemRoot, below), '.conf')
      return names.map((name) => `${below}/${name}`)
    }),
  )
  const paths = [...main, ...dropIns.flat()].filter((path) => path !== ownPaths.global)
  return Promise.all(paths.map((path) => readText(join(systemRoot, path))))
}

/** dnssec-trust-anchors.d(5): lists of names without signatures, without our own. */
async function hasOtherAnchors(systemRoot: string): Promise<boolean> {
  for (const folder of systemdFolders) {
    const below = `${folder}/dnssec-trust-anchors.d`
    const names = await filesOf(join(systemRoot, below), '.negative')
    if (names.some((name) => `${below}/${name}` !== ownPaths.anchors)) return true
  }
  return false
}

/** NetworkManager.conf(5): packages, then this boot, then the main file, then the administrator. */
async function readNetworkManager(systemRoot: string): Promise<readonly string[]> {
  const etc = join(systemRoot, '/etc/NetworkManager')
  const folders = [
    join(systemRoot, '/usr/lib/NetworkManager/conf.d'),
    join(systemRoot, '/run/NetworkManager/conf.d'),
    join(etc, 'conf.d'),
  ]
  const lists = await Promise.all(folders.map((folder) => filesOf(folder, '.conf')))
  const [packaged = [], booted = [], own = []] = lists
  const shadowing = (higher: readonly string[]) => (name: string) => !higher.includes(name)
  const paths = [
    ...packaged.filter(shadowing([...booted, ...own])).map((name) => join(folders[0] ?? '', name)),
    ...booted.filter(shadowing(own)).map((name) => join(folders[1] ?? '', name)),
    join(etc, 'NetworkManager.conf'),
    ...own.map((name) => join(folders[2] ?? '', name)),
  ]
  return Promise.all(paths.map(readText))
}

async function filesOf(folder: string, ending: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => [])
  return names.filter((name) => name.endsWith(ending)).toSorted()
}

function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}

type Present<T> = { readonly [K in keyof T]?: NonNullable<T[K]> }

function present<T extends object>(values: T): Present<T> {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as Present<T>
}
