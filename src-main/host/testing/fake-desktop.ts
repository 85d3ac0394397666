import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '../../env/system-env.ts'
import { createExec, type Exec } from '../exec.ts'

/** Stand-ins for gsettings and KDE's tools, as programs in a folder that keep values in files. */
export interface FakeDesktop {
  /** Where the programs are, followed by the system's. */
  readonly folders: readonly string[]
  readonly exec: Exec
  get(key: string): Promise<string>
  set(key: string, value: string): Promise<void>
  /** Names of the keys that were written since the last call. */
  written(): Promise<readonly string[]>
  remove(program: string): Promise<void>
}

export async function makeFakeDesktop(folder: string): Promise<FakeDesktop> {
  const programs = join(folder, 'programs')
  const values = join(folder, 'values')
  await mkdir(programs, { recursive: true })
  await mkdir(values, { recursive: true })
  const program = async (name: string, script: string): Promise<void> => {
    await writeFile(join(programs, name), `#!/bin/sh\n${script}\n`)
    await chmod(join(programs, name), 0o755)
  }
  // gsettings get|set SCHEMA KEY [VALUE]
  await program(
    'gsettings',
    `[ "$2" = org.gnome.system.proxy ] || exit 1
     if [ "$1" = set ]; then printf '%s\\n' "$4" >"${values}/$3"; echo "$3" >>"${folder}/log"
     else cat "${values}/$3"; fi`,
  )
  for (const version of ['5', '6']) {
    // kreadconfig --file kioslaverc --group 'Proxy Settings' --key KEY
    const guard = `[ "$2" = kioslaverc ] && [ "$4" = 'Proxy Settings' ] || exit 1`
    await program(`kreadconfig${version}`, `${guard}; cat "${values}/$6" 2>/dev/null || echo`)
    await program(
      `kwriteconfig${version}`,
      `${guard}
       if [ "$7" = --delete ]; then rm -f "${values}/$6"; else printf '%s\\n' "$7" >"${values}/$6"; fi
       echo "$6" >>"${folder}/log"`,
    )
  }
  await program('dbus-send', 'exit 0')
  const folders = [programs, '/usr/bin', '/bin']
  const set = (key: string, value: string): Promise<void> =>
    writeFile(join(values, key), `${value}\n`)
  await set('mode', "'none'")
  await set('autoconfig-url', "''")
  return {
    folders,
    exec: createExec({ folders, clock: systemClock }),
    get: async (key) => (await readFile(join(values, key), 'utf8')).trim(),
    set,
    async written() {
      const log = await readFile(join(folder, 'log'), 'utf8').catch(() => '')
      await writeFile(join(folder, 'log'), '')
      return log.split('\n').filter(Boolean)
    },
    remove: (name) =>
      writeFile(join(programs, name), '', { mode: 0o644 }).then(() =>
        chmod(join(programs, name), 0o644),
      ),
  }
}

/** Process numbers of the watchdogs that guard the state file `statePath`. */
export async function watchdogsOf(statePath: string): Promise<readonly number[]> {
  const found: number[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/u.test(name)) continue
    const line = await readFile(join('/proc', name, 'cmdline'), 'utf8').catch(() => '')
    const words = line.split('\0')
    if (words.includes('nostr-dns-proxy-watchdog') && words.includes(statePath))
      found.push(Number(name))
  }
  return found
}
