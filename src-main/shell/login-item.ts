import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Starts the app in the tray when the user logs in, or stops doing so. */
export interface LoginItem {
  apply(isWanted: boolean): Promise<void>
  /** Whether the system started the app at login where it cannot be told by `--hidden`: on macOS. */
  wasStartedAtLogin(): boolean
}

/** The part of Electron's `app` that macOS and Windows need. */
export interface LoginItemApi {
  setLoginItemSettings(settings: { openAtLogin: boolean; args?: string[] }): void
  getLoginItemSettings(): { readonly wasOpenedAtLogin: boolean }
}

const hiddenArgument = '--hidden'
const entryName = 'nostr-dns.desktop'

/**
 * `executable` is what the user starts (the AppImage itself, not its mount), `configHome` is
 * XDG_CONFIG_HOME or `~/.config`.
 */
export function createLoginItem(
  platform: NodeJS.Platform,
  api: LoginItemApi,
  executable: string,
  configHome: string,
): LoginItem {
  if (platform === 'darwin') {
    return {
      // Login items of macOS take no arguments.
      apply: async (isWanted) => api.setLoginItemSettings({ openAtLogin: isWanted }),
      wasStartedAtLogin: () => api.getLoginItemSettings().wasOpenedAtLogin,
    }
  }
  if (platform === 'win32') {
    return {
      apply: async (isWanted) =>
        api.setLoginItemSettings({ openAtLogin: isWanted, args: [hiddenArgument] }),
      wasStartedAtLogin: () => false,
    }
  }
  const directory = join(configHome, 'autostart')
  return {
    async apply(isWanted) {
      if (!isWanted) {
        await rm(join(directory, entryName), { force: true })
        return
      }
      await mkdir(directory, { recursive: true })
      await writeFile(join(directory, entryName), autostartEntry(executable))
    },
    wasStartedAtLogin: () => false,
  }
}

/** A file of the XDG Desktop Application Autostart Specification. */
export function autostartEntry(executable: string): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Nostr DNS',
    'Comment=Names people own by key',
    // Desktops skip the entry once the program is gone.
    `TryExec=${executable.replaceAll('\\', '\\\\')}`,
    `Exec=${quoteExec(executable)} ${hiddenArgument}`,
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n')
}

/**
 * Quoting of the Exec key (Desktop Entry Specification): inside double quotes `"`, backtick, `$` and
 * backslash are escaped by a backslash; the string type then escapes backslashes once more; and `%`
 * is doubled.
 */
function quoteExec(path: string): string {
  const quoted = path.replace(/["`$\\]/gu, (character) => `\\${character}`)
  return `"${quoted.replaceAll('\\', '\\\\').replaceAll('%', '%%')}"`
}
