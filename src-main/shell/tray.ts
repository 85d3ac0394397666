import { Menu, nativeTheme, Tray, type MenuItemConstructorOptions } from 'electron'
import { panelTone, trayIconPath } from './tray-icon.ts'
import type { TrayAction, TrayMenuItem, TrayView } from './tray-menu.ts'

export interface AppTray {
  show(view: TrayView): void
  destroy(): void
}

/**
 * The icon in the system's tray. Menus are replaced as a whole after every change: on Linux the
 * exported menu changes only through `setContextMenu`.
 */
export function createTray(assets: string, onAction: (action: TrayAction) => void): AppTray {
  let tray: Tray | undefined
  let shown: { readonly icon: string; readonly tooltip: string; readonly menu: string } | undefined
  let latest: TrayView | undefined

  const show = (view: TrayView): void => {
    latest = view
    const icon = iconFor(view)
    const menu = JSON.stringify(view.menu)
    if (tray === undefined) {
      tray = new Tray(icon)
      // Windows and some Linux panels: a plain click opens the window; macOS opens the menu.
      if (process.platform !== 'darwin') tray.on('click', () => onAction({ type: 'open' }))
    } else if (shown?.icon !== icon) tray.setImage(icon)
    if (shown?.tooltip !== view.tooltip) tray.setToolTip(view.tooltip)
    if (shown?.menu !== menu) tray.setContextMenu(Menu.buildFromTemplate(template(view.menu)))
    shown = { icon, tooltip: view.tooltip, menu }
  }

  const iconFor = (view: TrayView): string => {
    const desktop = process.env['XDG_CURRENT_DESKTOP']
    const tone = panelTone(process.platform, desktop, nativeTheme.shouldUseDarkColors)
    return trayIconPath(assets, process.platform, view.icon, tone)
  }

  const template = (items: readonly TrayMenuItem[]): MenuItemConstructorOptions[] =>
    items.map((item) => {
      switch (item.kind) {
        case 'separator':
          return { type: 'separator' }
        case 'text':
          return { label: item.label, enabled: false }
        case 'submenu':
          return { label: item.label, submenu: template(item.items) }
        case 'action':
          return { label: item.label, enabled: item.isEnabled, click: () => onAction(item.action) }
        case 'checkbox':
          return {
            type: 'checkbox',
            label: item.label,
            checked: item.isChecked,
            enabled: item.isEnabled,
            click: () => {
              // The toolkit has flipped the tick by itself: what is shown is no longer what we set.
              shown = undefined
              onAction(item.action)
            },
          }
      }
    })

  const redraw = (): void => {
    if (latest !== undefined) show(latest)
  }
  nativeTheme.on('updated', redraw)

  return {
    show,
    destroy() {
      nativeTheme.off('updated', redraw)
      tray?.destroy()
      tray = undefined
      shown = undefined
    },
  }
}
