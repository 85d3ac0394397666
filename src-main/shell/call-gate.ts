import {
  callSchemas,
  shellOnlyCalls,
  type CallName,
  type RendererCall,
} from '../../src-preload/contract/calls.ts'
import { fail, type Result } from '../env/errors.ts'

/** A call from the window that may go on to the engine, its argument checked. */
export interface AdmittedCall {
  readonly name: RendererCall
  readonly argument: unknown
}

/**
 * Checks a call from the window: it must be in the contract, must not be one that carries secrets,
 * and its argument must fit. The engine checks again: it also serves the command line.
 */
export function admitCall(name: unknown, argument: unknown): Result<AdmittedCall> {
  if (typeof name !== 'string' || !Object.hasOwn(callSchemas, name)) {
    return fail('ipc.unknown-call', 'There is no such call.')
  }
  const call = name as CallName
  if (!isOpenToRenderer(call)) {
    return fail('ipc.refused', `The window may not call ${call}.`)
  }
  const parsed = callSchemas[call].safeParse(argument)
  if (parsed.success) return { ok: true, value: { name: call, argument: parsed.data } }
  const issue = parsed.error.issues[0]
  const field = issue && issue.path.length > 0 ? issue.path.map(String).join('.') : 'argument'
  return fail('ipc.bad-argument', `${call}: ${field}: ${issue?.message ?? 'is not valid'}.`)
}

function isOpenToRenderer(name: CallName): name is RendererCall {
  return !(shellOnlyCalls as readonly CallName[]).includes(name)
}
