import { expect, test } from 'vitest'
import { usableBounds } from './window-bounds.ts'

const screens = [
  { x: 0, y: 0, width: 1920, height: 1040 },
  { x: 1920, y: 0, width: 1280, height: 1024 },
]
const first = { width: 1080, height: 720, isMaximized: false }

test.each([
  ['first run', undefined, first],
  ['remembered', { x: 10, y: 20, width: 900, height: 600, isMaximized: true }, 'same'],
  ['on the second screen', { x: 2000, y: 0, width: 900, height: 600, isMaximized: false }, 'same'],
  [
    'on a screen that is gone',
    { x: 9000, y: 20, width: 900, height: 600, isMaximized: false },
    { width: 900, height: 600, isMaximized: false },
  ],
  [
    'title bar above the screen',
    { x: 0, y: -300, width: 900, height: 600, isMaximized: false },
    { width: 900, height: 600, isMaximized: false },
  ],
  [
    'larger than any screen',
    { x: 0, y: 0, width: 5000, height: 4000, isMaximized: false },
    { x: 0, y: 0, width: 1920, height: 1040, isMaximized: false },
  ],
  [
    'too small',
    { x: 0, y: 0, width: 1, height: 1, isMaximized: false },
    { x: 0, y: 0, width: 760, height: 520, isMaximized: false },
  ],
  ['nonsense', { width: 'wide' }, first],
  ['null', null, first],
])('%s', (_title, remembered, expected) => {
  expect(usableBounds(remembered, screens)).toEqual(expected === 'same' ? remembered : expected)
})

test('a screen smaller than the smallest window still gets one', () => {
  const tiny = [{ x: 0, y: 0, width: 640, height: 400 }]
  expect(usableBounds(undefined, tiny)).toMatchObject({ width: 760, height: 520 })
})
