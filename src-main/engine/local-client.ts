import type { EngineClient } from '../../src-preload/contract/replies.ts'
import type { Engine } from './engine.ts'

/** The calls of an engine in this same process, typed like those of a remote one. */
export function localClient(engine: Engine): EngineClient {
  return {
    call: (name, argument) => engine.rpc.call(name, argument) as ReturnType<EngineClient['call']>,
    onDelta: (listener) => engine.rpc.onDelta(listener),
  } as EngineClient
}
