import { describe, expect, it } from 'vitest'
import { createHealth } from './health.ts'

const problem = { code: 'dns.port-in-use', message: 'Port 5354 is in use.' }

describe('createHealth', () => {
  it('lists the worst first, then the oldest', () => {
    let now = 1
    const health = createHealth(() => now++)
    health.raise('a', 'info', { code: 'a', message: 'a' })
    health.raise('b', 'error', { code: 'b', message: 'b' })
    health.raise('c', 'error', { code: 'c', message: 'c' })
    expect(health.list().map((item) => item.code)).toEqual(['b', 'c', 'a'])
  })

  it('keeps the time a condition began when it is raised again, and tells listeners once', () => {
    let now = 10
    const health = createHealth(() => now)
    let changes = 0
    health.onChange(() => (changes += 1))
    health.raise('x', 'warning', problem)
    now = 20
    health.raise('x', 'warning', problem)
    expect(changes).toBe(1)
    health.raise('x', 'error', problem)
    expect(health.list()).toEqual([{ ...problem, severity: 'error', sinceMs: 10 }])
    health.clear('x')
    health.clear('x')
    expect(changes).toBe(3)
    expect(health.list()).toEqual([])
  })
})
