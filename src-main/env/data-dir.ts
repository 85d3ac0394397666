import { join } from 'node:path'

/**
 * The per-user data folder shared by the tray app and the command line, by the custom of each
 * platform. `variables` are the process's environment variables and `home` the user's home folder.
 */
export function defaultDataDir(
  platform: NodeJS.Platform,
  variables: Readonly<Record<string, string | undefined>>,
  home: string,
): string {
  if (platform === 'win32') {
    return join(variables['APPDATA'] ?? join(home, 'AppData', 'Roaming'), 'nostr-dns')
  }
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'nostr-dns')
  const base = variables['XDG_DATA_HOME']
  // XDG Base Directory: a relative value is invalid and must be ignored.
  return join(base?.startsWith('/') ? base : join(home, '.local', 'share'), 'nostr-dns')
}

/** Files and folders inside a data folder. */
export function dataFiles(dataDir: string): {
  readonly database: string
  readonly settings: string
  readonly keys: string
  readonly publish: string
  readonly pkarr: string
  readonly petnames: string
  readonly nip05Pins: string
  readonly authority: string
  readonly certificates: string
  readonly ownCertificates: string
  readonly trustRecords: string
  readonly proxySetting: string
} {
  return {
    database: join(dataDir, 'db'),
    settings: join(dataDir, 'settings.json'),
    keys: join(dataDir, 'keys.json'),
    publish: join(dataDir, 'publish.json'),
    pkarr: join(dataDir, 'pkarr.json'),
    petnames: join(dataDir, 'petnames.json'),
    nip05Pins: join(dataDir, 'nip05-pins.json'),
    authority: join(dataDir, 'authority', 'authority.json'),
    certificates: join(dataDir, 'certificates'),
    ownCertificates: join(dataDir, 'certificates.json'),
    trustRecords: join(dataDir, 'trust-stores.json'),
    proxySetting: join(dataDir, 'proxy-setting.json'),
  }
}
