import { expect, test } from 'vitest'
import { createPrediction } from './prediction.ts'
import { createStepClock } from './testing/step-clock.ts'

function setUp() {
  const clock = createStepClock()
  let expired = 0
  const prediction = createPrediction<boolean>(clock, () => (expired += 1))
  return { clock, prediction, expired: () => expired }
}

test('holds until the real value agrees', () => {
  const { prediction, clock, expired } = setUp()
  prediction.expect(false)
  prediction.confirm(true)
  expect(prediction.value()).toBe(false)
  prediction.confirm(false)
  expect(prediction.value()).toBeUndefined()
  clock.advance(10_000)
  expect(expired()).toBe(0)
})

test('gives way to the real value after three seconds', () => {
  const { prediction, clock, expired } = setUp()
  prediction.expect(false)
  clock.advance(2999)
  expect(prediction.value()).toBe(false)
  clock.advance(1)
  expect(prediction.value()).toBeUndefined()
  expect(expired()).toBe(1)
})

test('a newer choice starts the time anew', () => {
  const { prediction, clock } = setUp()
  prediction.expect(false)
  clock.advance(2000)
  prediction.expect(true)
  clock.advance(2000)
  expect(prediction.value()).toBe(true)
})
