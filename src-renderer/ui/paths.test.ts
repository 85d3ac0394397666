import { describe, expect, it } from 'vitest'
import { qrPath } from './qr-path.ts'
import { sparklinePaths } from './sparkline-path.ts'

describe('sparklinePaths', () => {
  it('draws the largest value at the top and zero at the floor', () => {
    expect(sparklinePaths([0, 10, 5], 100, 24).line).toBe('M0 22L50 2L100 12')
  })

  it('closes the area along the lower edge', () => {
    expect(sparklinePaths([1, 1], 10, 24).area).toBe('M0 2L10 2L10 24L0 24Z')
  })

  it.each([[[]], [[0, 0]]])('is a flat line for %j', (values) => {
    expect(sparklinePaths(values, 10, 24).line).toBe('M0 22L10 22')
  })
})

describe('qrPath', () => {
  it('has one rectangle for every run of dark modules', () => {
    expect(
      qrPath([
        [true, true, false],
        [false, false, true],
        [false, false, false],
      ]),
    ).toBe('M0 0h2v1h-2zM2 1h1v1h-1z')
  })
})
