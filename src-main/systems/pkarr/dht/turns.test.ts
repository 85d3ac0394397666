import { describe, expect, it } from 'vitest'
import { createTurns } from './turns.ts'

const patient = new AbortController().signal

describe('createTurns', () => {
  it('lets so many in, the others in the order they came, and each turn ends once', async () => {
    const turns = createTurns(1)
    const order: string[] = []
    const first = await turns.take(patient)
    const second = turns.take(patient).then((end) => {
      order.push('second')
      return end
    })
    const third = turns.take(patient).then((end) => {
      order.push('third')
      return end
    })
    first()
    first()
    const endSecond = await second
    expect(order).toEqual(['second'])
    endSecond()
    await third
    expect(order).toEqual(['second', 'third'])
  })

  it('lets those go who wait no longer, without losing a turn', async () => {
    const turns = createTurns(1)
    const first = await turns.take(patient)
    const caller = new AbortController()
    const waiting = turns.take(caller.signal)
    caller.abort()
    const end = await waiting
    end()
    const gone = await turns.take(caller.signal)
    gone()
    let isIn = false
    const next = turns.take(patient).then(() => (isIn = true))
    await Promise.resolve()
    expect(isIn).toBe(false)
    first()
    await next
    expect(isIn).toBe(true)
  })
})
