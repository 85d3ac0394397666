import { join } from 'node:path'

/** What decides where a user's programs keep their files; injected, so that tests have a home. */
export interface UserPaths {
  readonly home: string
  readonly variables: Readonly<Record<string, string | undefined>>
}

/** `$XDG_DATA_HOME` or its default. A relative value is invalid (XDG Base Directory s.3). */
export function dataHome({ home, variables }: UserPaths): string {
  return absoluteOr(variables['XDG_DATA_HOME'], join(home, '.local', 'share'))
}

/** `$XDG_CONFIG_HOME` or its default. */
export function configHome({ home, variables }: UserPaths): string {
  return absoluteOr(variables['XDG_CONFIG_HOME'], join(home, '.config'))
}

/** Homes of the user's Flatpak programs: `~/.var/app/<id>`. */
export function flatpakHomes({ home }: UserPaths): string {
  return join(home, '.var', 'app')
}

/** Homes of the user's snaps: `~/snap/<name>`, with `current` and `common` inside. */
export function snapHomes({ home }: UserPaths): string {
  return join(home, 'snap')
}

/** Variables that programs of the desktop need to find their settings and the session bus. */
export function desktopVariables({ home, variables }: UserPaths): Readonly<Record<string, string>> {
  const passed = [
    'XDG_CONFIG_HOME',
    'XDG_DATA_HOME',
    'XDG_RUNTIME_DIR',
    'XDG_CURRENT_DESKTOP',
    'XDG_CONFIG_DIRS',
    'XDG_DATA_DIRS',
    'DBUS_SESSION_BUS_ADDRESS',
    'DCONF_PROFILE',
    'GSETTINGS_BACKEND',
    'GSETTINGS_SCHEMA_DIR',
  ]
  const chosen: Record<string, string> = { HOME: home }
  for (const name of passed) {
    const value = variables[name]
    if (value !== undefined) chosen[name] = value
  }
  return chosen
}

function absoluteOr(value: string | undefined, otherwise: string): string {
  return value?.startsWith('/') ? value : otherwise
}
