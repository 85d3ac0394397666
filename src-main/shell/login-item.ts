import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Starts the app in the tray when the user logs in, or stops doing so. */
export interface LoginItem {
  apply(isWanted: boolean): Promise<void>
}

/** The part of Electron's `app` that macOS and Windows need. */
export interface LoginItemApi {
  setLoginItemSettings(settings: { openAtLogin: boolean; args: string[] }): void
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
  if (platform !== 'linux') {
    return {
      async apply(isWanted) {
        api.setLoginItemSettings({ openAtLogin: isWanted, args: [hiddenArgument] })
      },
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
  }
}

/** A file of the XDG Desktop Application Autostart Specification. */
export function autostartEntry(executable: string): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Nostr DNS',
    'Comment=Names people own by key',
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
