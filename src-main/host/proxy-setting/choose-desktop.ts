import type { UserPaths } from '../user-paths.ts'

export type Desktop =
  | { readonly kind: 'gnome' | 'kde' | 'macos' | 'windows' }
  | { readonly kind: 'unsupported'; readonly reason: string }

/**
 * Desktops that keep the proxy in GNOME's settings, by XDG_CURRENT_DESKTOP in lower case. Browsers
 * of the Chromium family look there on exactly these.
 */
const gnomeLike: ReadonlySet<string> = new Set([
  'gnome',
  'gnome-classic',
  'gnome-flashback',
  'ubuntu',
  'unity',
  'unity7',
  'cinnamon',
  'x-cinnamon',
  'mate',
  'budgie',
  'pantheon',
  'deepin',
  'ukui',
])

/** Whose automatic proxy setting counts here. */
export function chooseDesktop(
  platform: NodeJS.Platform,
  variables: UserPaths['variables'],
): Desktop {
  if (platform === 'darwin') return { kind: 'macos' }
  if (platform === 'win32') return { kind: 'windows' }
  if (platform !== 'linux') return { kind: 'unsupported', reason: 'This system is not known.' }
  const names = (variables['XDG_CURRENT_DESKTOP'] ?? '').toLowerCase().split(':').filter(Boolean)
  if (names.includes('kde')) return { kind: 'kde' }
  if (names.some((name) => gnomeLike.has(name))) return { kind: 'gnome' }
  const reason =
    names.length === 0
      ? 'No desktop is running here.'
      : `The desktop ${names.join(', ')} has no automatic proxy setting that browsers read.`
  return { kind: 'unsupported', reason }
}
