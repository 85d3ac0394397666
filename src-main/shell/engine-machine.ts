/**
 * The life of the engine process as named states and one pure transition function; `engine-process.ts`
 * carries out what the states mean.
 */
import type { EngineProcessState } from '../../src-preload/contract/replies.ts'
import type { Problem } from '../env/errors.ts'

export type EngineState =
  | { readonly name: 'stopped' }
  | { readonly name: 'starting'; readonly failures: number }
  | { readonly name: 'running'; readonly failures: number; readonly sinceMs: number }
  /** Died unasked; starts again after `delayMs`. */
  | { readonly name: 'restarting'; readonly failures: number; readonly delayMs: number }
  /** Said why it cannot start; tried again after `delayMs`, in case the reason went away. */
  | {
      readonly name: 'failed'
      readonly failures: number
      readonly delayMs: number
      readonly problem: Problem
    }
  | { readonly name: 'stopping' }

export type EngineEvent =
  | { readonly type: 'start' }
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly problem: Problem }
  | { readonly type: 'exited'; readonly code: number }
  | { readonly type: 'delay-over' }
  | { readonly type: 'stop' }

const firstDelayMs = 500
const longestDelayMs = 30_000
/** An engine that ran this long was healthy: its next fault counts as the first. */
const healthyAfterMs = 60_000
/** After this many deaths in a row the window says that it failed, not that it restarts. */
const failuresBeforeFailed = 6

/** Doubling from 0.5 s, at most 30 s. */
export function restartDelayMs(failures: number): number {
  return Math.min(firstDelayMs * 2 ** Math.max(0, failures - 1), longestDelayMs)
}

/** The state after `event`; events that mean nothing in a state leave it as it is. */
export function nextEngineState(
  state: EngineState,
  event: EngineEvent,
  nowMs: number,
): EngineState {
  switch (event.type) {
    case 'start':
      return state.name === 'stopped' ? { name: 'starting', failures: 0 } : state
    case 'ready':
      return state.name === 'starting'
        ? { name: 'running', failures: state.failures, sinceMs: nowMs }
        : state
    case 'failed':
      return state.name === 'starting'
        ? {
            name: 'failed',
            failures: state.failures + 1,
            delayMs: longestDelayMs,
            problem: event.problem,
          }
        : state
    case 'exited':
      return afterExit(state, event.code, nowMs)
    case 'delay-over':
      return state.name === 'restarting' || state.name === 'failed'
        ? { name: 'starting', failures: state.failures }
        : state
    case 'stop':
      return state.name === 'starting' || state.name === 'running'
        ? { name: 'stopping' }
        : { name: 'stopped' }
  }
}

function afterExit(state: EngineState, code: number, nowMs: number): EngineState {
  switch (state.name) {
    case 'running':
    case 'starting': {
      const wasHealthy = state.name === 'running' && nowMs - state.sinceMs >= healthyAfterMs
      const failures = wasHealthy ? 1 : state.failures + 1
      const delayMs = restartDelayMs(failures)
      if (failures < failuresBeforeFailed) return { name: 'restarting', failures, delayMs }
      return { name: 'failed', failures, delayMs, problem: keepsDying(code) }
    }
    case 'stopping':
      return { name: 'stopped' }
    // It said why and then left, or was never there.
    case 'failed':
    case 'restarting':
    case 'stopped':
      return state
  }
}

function keepsDying(code: number): Problem {
  return {
    code: 'engine.keeps-stopping',
    message: `The engine keeps stopping (exit code ${code}).`,
    hint: 'Its log is engine.log in the data folder.',
  }
}

/** What window and tray are told. */
export function publicState(state: EngineState): EngineProcessState {
  return state.name === 'stopping' ? 'stopped' : state.name
}
