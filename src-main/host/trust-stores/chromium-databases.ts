/** A folder that exists and may hold an NSS database. */
export interface DatabaseFolder {
  readonly path: string
  /** With symbolic links followed: two paths to one folder are one database. */
  readonly realPath: string
  /** Whether the database files are there already. */
  readonly hasDatabase: boolean
}

/** An NSS database to write to. */
export interface NssDatabase {
  readonly directory: string
  readonly title: string
  readonly kind: 'chromium' | 'firefox'
  /** False: the folder or the database in it has to be made first. */
  readonly exists: boolean
}

export interface ChromiumFolders {
  /** `~/.pki/nssdb`, if it exists. */
  readonly legacy: DatabaseFolder | undefined
  /** `$XDG_DATA_HOME/pki/nssdb`, if it exists. */
  readonly current: DatabaseFolder | undefined
  readonly currentPath: string
  /** Databases of browsers that run as a snap or a Flatpak, with a title each. */
  readonly sandboxed: readonly (DatabaseFolder & { readonly title: string })[]
}

const family = 'Chromium, Chrome, Brave, Edge'

/**
 * Which databases the browsers of the Chromium family read. Measured with Chromium 156: it uses
 * `~/.pki/nssdb` whenever that folder exists, even empty, and the newer place otherwise. So both get
 * our root when both exist, the newer one is made when neither does, and the older one is never
 * made: it would hide everything the user keeps in the newer one.
 */
export function chromiumDatabases(folders: ChromiumFolders): readonly NssDatabase[] {
  const { legacy, current, currentPath, sandboxed } = folders
  const databases: (NssDatabase & { readonly realPath: string })[] = []
  const add = (folder: DatabaseFolder, title: string): void => {
    if (databases.some((known) => known.realPath === folder.realPath)) return
    databases.push({
      directory: folder.path,
      realPath: folder.realPath,
      title,
      kind: 'chromium',
      exists: folder.hasDatabase,
    })
  }
  if (legacy !== undefined) add(legacy, family)
  if (current !== undefined) add(current, legacy === undefined ? family : `${family} (newer place)`)
  if (legacy === undefined && current === undefined) {
    add({ path: currentPath, realPath: currentPath, hasDatabase: false }, family)
  }
  // A sandboxed browser makes its own database at its first start; an empty folder is not yet one.
  for (const folder of sandboxed) if (folder.hasDatabase) add(folder, folder.title)
  return databases.map(({ directory, title, kind, exists }) => ({ directory, title, kind, exists }))
}
