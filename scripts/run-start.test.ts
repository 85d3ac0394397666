import { expect, test } from 'vitest'
import { hasDisplay } from './run-start.mjs'

test.each([
  ['X11', 'linux', { DISPLAY: ':0' }, true],
  ['Wayland', 'linux', { WAYLAND_DISPLAY: 'wayland-0' }, true],
  ['a server', 'linux', {}, false],
  ['an empty variable', 'linux', { DISPLAY: '' }, false],
  ['macOS', 'darwin', {}, true],
  ['Windows', 'win32', {}, true],
] as const)('%s', (_title, platform, environment, expected) => {
  expect(hasDisplay(platform, environment)).toBe(expected)
})
