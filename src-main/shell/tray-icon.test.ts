import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { panelTone, trayIconPath } from './tray-icon.ts'

const assets = join(import.meta.dirname, '../../assets')

test.each([
  ['linux', 'GNOME', false, 'dark'],
  ['linux', 'ubuntu:GNOME', false, 'dark'],
  ['linux', 'KDE', false, 'light'],
  ['linux', 'KDE', true, 'dark'],
  ['linux', undefined, false, 'light'],
  ['win32', undefined, false, 'light'],
  ['win32', undefined, true, 'dark'],
] as const)('the panel of %s %s with dark theme %s is %s', (platform, desktop, isDark, tone) => {
  expect(panelTone(platform, desktop, isDark)).toBe(tone)
})

test.each(
  (['linux', 'win32', 'darwin'] as const).flatMap((platform) =>
    (['on', 'off', 'problem'] as const).flatMap((state) =>
      (['light', 'dark'] as const).map((tone) => [platform, state, tone] as const),
    ),
  ),
)('there is an icon for %s %s %s, also for dense screens', (platform, state, tone) => {
  const path = trayIconPath(assets, platform, state, tone)
  expect(existsSync(path)).toBe(true)
  expect(existsSync(path.replace('.png', '@2x.png'))).toBe(true)
})
