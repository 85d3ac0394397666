/**
 * Supervises the engine: starts it, talks to it as in `engine/protocol.ts`, starts it again with
 * back-off when it dies, and stops it gracefully. Knows no DNS and no Nostr.
 */
import type { CallArgument, CallName } from '../../src-preload/contract/calls.ts'
import type { Delta } from '../../src-preload/contract/model.ts'
import type { EngineProcessState, Reply } from '../../src-preload/contract/replies.ts'
import type { FromEngine, OsReplyMessage, OsRequestMessage, ToEngine } from '../engine/protocol.ts'
import type { Env, Unsubscribe } from '../env/env.ts'
import type { Problem } from '../env/errors.ts'
import type { Service } from '../env/service.ts'
import {
  nextEngineState,
  publicState,
  type EngineEvent,
  type EngineState,
} from './engine-machine.ts'

/** One running engine, as `utilityProcess.fork` gives it. */
export interface EngineChild {
  readonly pid: number | undefined
  postMessage(message: ToEngine): void
  kill(): void
  onMessage(listener: (message: FromEngine) => void): void
  onExit(listener: (code: number) => void): void
}

export interface EngineProcessDeps {
  fork(): EngineChild
  /** Serves the engine's wish for the operating system's keychain. */
  serveOsRequest(request: OsRequestMessage): Promise<OsReplyMessage>
}

export interface EngineProcess extends Service {
  /** Never rejects: with no engine running the reply is the Problem `engine.not-running`. */
  call<C extends CallName>(name: C, argument: CallArgument<C>): Promise<Reply<C>>
  state(): EngineProcessState
  /** Why the state is `failed`. */
  problem(): Problem | undefined
  pid(): number | undefined
  onState(listener: (state: EngineProcessState) => void): Unsubscribe
  onDelta(listener: (delta: Delta) => void): Unsubscribe
  /** Told each time the engine runs again after dying unasked. */
  onRestarted(listener: () => void): Unsubscribe
}

/** An engine that has not stopped by then is killed; the store survives that at any moment. */
const stopLimitMs = 8000

type AnyReply = Reply<CallName>

const notRunning: { readonly ok: false; readonly error: Problem } = {
  ok: false,
  error: {
    code: 'engine.not-running',
    message: 'The engine is not running at the moment.',
    hint: 'It is started again automatically; try again in a few seconds.',
  },
}

const lost: { readonly ok: false; readonly error: Problem } = {
  ok: false,
  error: {
    code: 'engine.lost',
    message: 'The engine stopped before it had answered.',
    hint: 'It is started again automatically; check the result before you repeat the action.',
  },
}

export function createEngineProcess(env: Env, deps: EngineProcessDeps): EngineProcess {
  const log = env.log.child('engine-process')
  const stateListeners = new Set<(state: EngineProcessState) => void>()
  const deltaListeners = new Set<(delta: Delta) => void>()
  const restartListeners = new Set<() => void>()
  const waiting = new Map<number, (reply: AnyReply) => void>()
  let state: EngineState = { name: 'stopped' }
  let child: EngineChild | undefined
  let nextId = 1
  let hasDied = false
  let cancelDelay: Unsubscribe | undefined
  let stopped: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined

  const apply = (event: EngineEvent): void => {
    const before = state
    state = nextEngineState(before, event, env.clock.nowMs())
    if (state === before) return
    log.info('engine state', { from: before.name, to: state.name })
    enter(before)
    if (publicState(state) !== publicState(before)) {
      for (const listener of stateListeners) listener(publicState(state))
    }
  }

  const enter = (before: EngineState): void => {
    cancelDelay?.()
    cancelDelay = undefined
    switch (state.name) {
      case 'starting':
        launch()
        return
      case 'running':
        child?.postMessage({ type: 'watch' })
        if (hasDied) for (const listener of restartListeners) listener()
        hasDied = false
        return
      case 'restarting':
      case 'failed':
        hasDied ||= before.name === 'running'
        if (state.name === 'failed') log.error('engine failed', { ...state.problem })
        cancelDelay = env.clock.schedule(state.delayMs, () => apply({ type: 'delay-over' }))
        return
      case 'stopping': {
        const ending = child
        ending?.postMessage({ type: 'stop' })
        cancelDelay = env.clock.schedule(stopLimitMs, () => {
          log.warn('engine did not stop in time and is killed', { limitMs: stopLimitMs })
          ending?.kill()
        })
        return
      }
      case 'stopped':
        stopped?.resolve()
    }
  }

  const launch = (): void => {
    const started = deps.fork()
    child = started
    started.onMessage((message) => {
      if (started === child) receive(started, message)
    })
    started.onExit((code) => {
      log.info('engine exited', { code })
      if (started !== child) return
      child = undefined
      for (const resolve of waiting.values()) resolve(lost)
      waiting.clear()
      apply({ type: 'exited', code })
    })
  }

  const receive = (from: EngineChild, message: FromEngine): void => {
    switch (message.type) {
      case 'reply':
        waiting.get(message.id)?.(message.reply)
        waiting.delete(message.id)
        return
      case 'delta':
        for (const listener of deltaListeners) listener(message.delta)
        return
      case 'ready':
        apply({ type: 'ready' })
        return
      case 'failed':
        apply({ type: 'failed', problem: message.problem })
        return
      case 'os-request':
        void deps.serveOsRequest(message).then((reply) => {
          if (from === child) from.postMessage(reply)
        })
    }
  }

  return {
    async start() {
      apply({ type: 'start' })
    },
    async stop() {
      if (state.name === 'stopped') return
      stopped ??= withResolver()
      const { promise } = stopped
      // A failed engine may still be on its way out; it must not outlive us.
      if (state.name === 'failed' || state.name === 'restarting') child?.kill()
      apply({ type: 'stop' })
      await promise
      stopped = undefined
    },
    call(name, argument) {
      if (state.name !== 'running' || child === undefined) return Promise.resolve(notRunning)
      const id = nextId++
      const running = child
      return new Promise((resolve) => {
        // The reply's type follows the call's name; the map cannot say so.
        waiting.set(id, resolve as (reply: AnyReply) => void)
        running.postMessage({ type: 'call', id, name, argument })
      })
    },
    state: () => publicState(state),
    problem: () => (state.name === 'failed' ? state.problem : undefined),
    pid: () => child?.pid,
    onState: (listener) => subscribe(stateListeners, listener),
    onDelta: (listener) => subscribe(deltaListeners, listener),
    onRestarted: (listener) => subscribe(restartListeners, listener),
  }
}

function subscribe<L>(listeners: Set<L>, listener: L): Unsubscribe {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function withResolver(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined
  const promise = new Promise<void>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
