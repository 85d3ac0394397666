import { fail, ok } from '../../env/errors.ts'
import type { Exec } from '../exec.ts'
import type { Run } from './proxy-backend.ts'

/** Standard output of a command that ended well, or a Problem naming the program. */
export function createRun(exec: Exec): Run {
  return async (command) => {
    const result = await exec(command)
    if (result.kind === 'exited' && result.code === 0) return ok(result.stdout)
    if (result.kind === 'missing') {
      return fail('proxy.program-missing', `The program ${command.program} is missing.`)
    }
    const what = result.kind === 'exited' ? `failed with code ${result.code}` : 'did not end'
    return fail('proxy.command-failed', `${command.program} ${what}.`)
  }
}
