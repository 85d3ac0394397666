import { join } from 'node:path'
import type { TrayIconState } from './tray-menu.ts'

/** The colour of what the icon stands on: a dark panel needs a light icon. */
export type PanelTone = 'light' | 'dark'

/**
 * The panel's tone. GNOME's and Unity's panels are dark whatever the theme of windows is; elsewhere
 * the panel follows the theme.
 */
export function panelTone(
  platform: NodeJS.Platform,
  desktop: string | undefined,
  isDarkTheme: boolean,
): PanelTone {
  const isDarkPanel = platform === 'linux' && /gnome|unity/iu.test(desktop ?? '')
  return isDarkPanel || isDarkTheme ? 'dark' : 'light'
}

/**
 * The file of an icon. macOS gets template images (black and transparent, named `…Template`), which
 * it colours itself; `@2x` files beside them are found by Electron.
 */
export function trayIconPath(
  assets: string,
  platform: NodeJS.Platform,
  state: TrayIconState,
  tone: PanelTone,
): string {
  if (platform === 'darwin') return join(assets, 'tray', 'darwin', `${state}Template.png`)
  const sizes = platform === 'win32' ? 'win32' : 'linux'
  return join(assets, 'tray', sizes, `${state}-${tone}.png`)
}
