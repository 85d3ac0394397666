import {
  callSchemas,
  type CallName,
  type ParsedArgument,
} from '../../src-preload/contract/calls.ts'
import type { Delta } from '../../src-preload/contract/model.ts'
import type { Replies, Reply } from '../../src-preload/contract/replies.ts'
import { toProblem, type Problem, type Result } from '../env/errors.ts'
import type { Unsubscribe } from '../env/env.ts'
import type { Logger } from '../env/logger.ts'

/** One handler per call of the contract; a call without one does not compile. */
export type CallHandlers = {
  readonly [C in CallName]: (argument: ParsedArgument<C>) => Promise<Result<Replies[C]>>
}

/** The engine's calls for callers whose messages are not trusted to be well formed. */
export interface Rpc {
  /** Never rejects: bad names and bad arguments come back as a Problem saying which field is wrong. */
  call(name: unknown, argument: unknown): Promise<Reply<CallName>>
  onDelta(listener: (delta: Delta) => void): Unsubscribe
}

export function createRpc(log: Logger, handlers: CallHandlers, onDelta: Rpc['onDelta']): Rpc {
  return {
    async call(name, argument) {
      if (typeof name !== 'string' || !Object.hasOwn(callSchemas, name)) {
        return { ok: false, error: { code: 'rpc.unknown-call', message: 'There is no such call.' } }
      }
      const call = name as CallName
      const parsed = callSchemas[call].safeParse(argument)
      if (!parsed.success) return { ok: false, error: badArgument(call, parsed.error.issues) }
      try {
        // The table pairs each schema with its handler; the index type cannot say so.
        const handler = handlers[call] as (value: unknown) => Promise<Reply<CallName>>
        return await handler(parsed.data)
      } catch (error) {
        const problem = toProblem(error)
        log.error('call failed', { call, code: problem.code, error })
        return { ok: false, error: problem }
      }
    },
    onDelta,
  }
}

function badArgument(
  call: CallName,
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): Problem {
  const first = issues[0]
  const field = first && first.path.length > 0 ? first.path.map(String).join('.') : 'argument'
  return {
    code: 'rpc.bad-argument',
    message: `${call}: ${field}: ${first?.message ?? 'is not valid'}.`,
  }
}
