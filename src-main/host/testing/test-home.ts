import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Env } from '../../env/env.ts'
import { silentLogger } from '../../env/logger.ts'
import { systemClock, systemRandom } from '../../env/system-env.ts'
import { createExec, type Command, type Exec } from '../exec.ts'

export const testEnv: Env = { clock: systemClock, random: systemRandom, log: silentLogger }

/** A folder that is removed by `remove`. */
export async function makeTestFolder(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'host-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}

export const realExec: Exec = createExec({
  folders: ['/usr/bin', '/bin', '/usr/sbin', '/sbin'],
  clock: systemClock,
})

/** `exec` that also keeps what it was asked to run. */
export function recording(exec: Exec): { readonly exec: Exec; readonly commands: Command[] } {
  const commands: Command[] = []
  return {
    commands,
    exec: (command) => {
      commands.push(command)
      return exec(command)
    },
  }
}
