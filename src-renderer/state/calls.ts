import type { CallArgument, RendererCall } from '../../src-preload/contract/calls.ts'
import type { RendererApi, Replies, Reply } from '../../src-preload/contract/replies.ts'
import type { Result } from '../../src-main/env/errors.ts'
import type { WindowStore } from './window-store.ts'

/** Makes a call; a broken bridge or a dead engine becomes a Problem like any other. */
export async function safeCall<C extends RendererCall>(
  api: RendererApi,
  name: C,
  argument: CallArgument<C>,
): Promise<Reply<C>> {
  try {
    return await api.call(name, argument)
  } catch {
    return unreachable
  }
}

const unreachable = {
  ok: false,
  error: {
    code: 'engine.unreachable',
    message: 'The part of Nostr DNS that does the work is not answering.',
  },
} as const

export interface Calls {
  /**
   * Makes a call of the engine and marks `key` (by default the call's name) as pending meanwhile.
   * Never throws.
   */
  call<C extends RendererCall>(
    name: C,
    argument: CallArgument<C>,
    key?: string,
  ): Promise<Result<Replies[C]>>
  /** The same for what the shell does (import, export); `work` may throw. */
  track<T>(key: string, work: () => Promise<Result<T>>): Promise<Result<T>>
}

export function createCalls(api: RendererApi, store: WindowStore): Calls {
  /** How many calls run under each key: two may overlap. */
  const running = new Map<string, number>()

  const change = (key: string, by: 1 | -1): void => {
    const count = (running.get(key) ?? 0) + by
    if (count > 0) running.set(key, count)
    else running.delete(key)
    store.setState({ pending: new Set(running.keys()) })
  }

  const track = async <T>(key: string, work: () => Promise<Result<T>>): Promise<Result<T>> => {
    change(key, 1)
    try {
      return await work()
    } catch {
      return unreachable
    } finally {
      change(key, -1)
    }
  }

  return {
    call: (name, argument, key = name) => track(key, () => safeCall(api, name, argument)),
    track,
  }
}
