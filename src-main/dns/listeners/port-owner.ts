import { readdir, readFile, readlink } from 'node:fs/promises'

/**
 * The name of the process holding `port` on this machine, such as `dnsmasq (pid 812)`. Linux only,
 * and only for processes the user may look into; undefined otherwise. `tables` names the files
 * under /proc/net to look in.
 */
export async function findPortOwner(
  port: number,
  tables: readonly string[] = ['udp', 'udp6', 'tcp', 'tcp6'],
): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined
  try {
    const inodes = new Set<string>()
    for (const table of tables) {
      const text = await readFile(`/proc/net/${table}`, 'utf8').catch(() => '')
      for (const inode of inodesOnPort(text, port)) inodes.add(inode)
    }
    return inodes.size === 0 ? undefined : await findHolder(inodes)
  } catch {
    return undefined
  }
}

/** Socket inodes bound to `port` in the text of a /proc/net table; connected ones are left out. */
export function inodesOnPort(table: string, port: number): string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const inodes: string[] = []
  for (const line of table.split('\n').slice(1)) {
    const columns = line.trim().split(/\s+/)
    const [, local = '', remote = ''] = columns
    const inode = columns[9]
    if (inode !== undefined && local.endsWith(wanted) && remote.endsWith(':0000')) {
      inodes.push(inode)
    }
  }
  return inodes
}

async function findHolder(inodes: ReadonlySet<string>): Promise<string | undefined> {
  const links = new Set([...inodes].map((inode) => `socket:[${inode}]`))
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => [])
    for (const descriptor of descriptors) {
      const link = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '')
      if (!links.has(link)) continue
      const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'process')
      return `${name.trim()} (pid ${pid})`
    }
  }
  return undefined
}
