import { describe, expect, test } from 'vitest'
import {
  nextEngineState,
  publicState,
  restartDelayMs,
  type EngineEvent,
  type EngineState,
} from './engine-machine.ts'

const problem = { code: 'store.locked', message: 'In use.' }
const running = (failures: number, sinceMs = 0): EngineState => ({
  name: 'running',
  failures,
  sinceMs,
})

describe('nextEngineState', () => {
  const cases: readonly [string, EngineState, EngineEvent, Partial<EngineState>][] = [
    ['starts', { name: 'stopped' }, { type: 'start' }, { name: 'starting', failures: 0 }],
    [
      'runs when ready',
      { name: 'starting', failures: 2 },
      { type: 'ready' },
      { name: 'running', failures: 2, sinceMs: 1000 },
    ],
    [
      'restarts soon after a first death',
      running(0),
      { type: 'exited', code: 139 },
      { name: 'restarting', failures: 1, delayMs: 500 },
    ],
    [
      'waits longer after each death in a row',
      running(2),
      { type: 'exited', code: 139 },
      { name: 'restarting', failures: 3, delayMs: 2000 },
    ],
    [
      'counts a death while starting too',
      { name: 'starting', failures: 1 },
      { type: 'exited', code: 1 },
      { name: 'restarting', failures: 2, delayMs: 1000 },
    ],
    [
      'forgets old deaths once it was healthy',
      running(4, -60_000),
      { type: 'exited', code: 139 },
      { name: 'restarting', failures: 1, delayMs: 500 },
    ],
    [
      'gives up saying "restarting" after six in a row',
      running(5),
      { type: 'exited', code: 139 },
      { name: 'failed', failures: 6, delayMs: 16_000 },
    ],
    [
      'keeps the reason an engine gives',
      { name: 'starting', failures: 0 },
      { type: 'failed', problem },
      { name: 'failed', failures: 1, delayMs: 30_000, problem },
    ],
    [
      'and its exit after that changes nothing',
      { name: 'failed', failures: 1, delayMs: 30_000, problem },
      { type: 'exited', code: 0 },
      { name: 'failed', failures: 1, delayMs: 30_000, problem },
    ],
    [
      'tries again when the delay is over',
      { name: 'failed', failures: 1, delayMs: 30_000, problem },
      { type: 'delay-over' },
      { name: 'starting', failures: 1 },
    ],
    ['stops a running engine', running(0), { type: 'stop' }, { name: 'stopping' }],
    [
      'needs no goodbye from an engine that is not there',
      { name: 'restarting', failures: 1, delayMs: 500 },
      { type: 'stop' },
      { name: 'stopped' },
    ],
    [
      'is stopped when it left',
      { name: 'stopping' },
      { type: 'exited', code: 0 },
      { name: 'stopped' },
    ],
  ]

  test.each(cases)('%s', (_title, before, event, after) => {
    expect(nextEngineState(before, event, 1000)).toMatchObject(after)
  })

  test.each([
    ['a late ready', { name: 'stopping' }, { type: 'ready' }],
    ['a second start', running(0), { type: 'start' }],
    ['a delay that was cancelled', running(0), { type: 'delay-over' }],
  ] as const)('%s changes nothing', (_title, before, event) => {
    expect(nextEngineState(before, event, 1000)).toBe(before)
  })
})

test('the delay doubles up to half a minute', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 8, 100].map(restartDelayMs)).toEqual([
    500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000,
  ])
})

test('to the user an engine that is stopping is stopped', () => {
  expect(publicState({ name: 'stopping' })).toBe('stopped')
  expect(publicState(running(0))).toBe('running')
})
