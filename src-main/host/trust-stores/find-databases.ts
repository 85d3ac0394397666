import { access, readdir, readFile, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { configHome, dataHome, flatpakHomes, snapHomes, type UserPaths } from '../user-paths.ts'
import { chromiumDatabases, type DatabaseFolder, type NssDatabase } from './chromium-databases.ts'
import { parseProfilesIni } from './firefox-profiles.ts'

/** Every NSS database of this user that a browser reads, found anew at each call. */
export async function findDatabases(paths: UserPaths): Promise<readonly NssDatabase[]> {
  return [...(await findChromium(paths)), ...(await findFirefox(paths))]
}

/** Whether `directory` holds an SQL database (NSS 3.35 and later). */
export async function hasDatabase(directory: string): Promise<boolean> {
  return access(join(directory, 'cert9.db')).then(
    () => true,
    () => false,
  )
}

/**
 * False when no certificate of that name can be in the database: the file holds names as plain
 * bytes. Answers without certutil, and for databases that are busy or damaged.
 */
export async function mayHold(directory: string, name: string): Promise<boolean> {
  const bytes = await readFile(join(directory, 'cert9.db')).catch(() => Buffer.alloc(0))
  return bytes.includes(name)
}

async function findChromium(paths: UserPaths): Promise<readonly NssDatabase[]> {
  const currentPath = join(dataHome(paths), 'pki', 'nssdb')
  const sandboxed: (DatabaseFolder & { readonly title: string })[] = []
  const look = async (title: string, path: string): Promise<void> => {
    const folder = await lookAt(path)
    if (folder !== undefined) sandboxed.push({ ...folder, title })
  }
  for (const name of await foldersIn(snapHomes(paths))) {
    const home = join(snapHomes(paths), name, 'current')
    await look(`${name} (snap)`, join(home, '.pki', 'nssdb'))
    await look(`${name} (snap, newer place)`, join(home, '.local', 'share', 'pki', 'nssdb'))
  }
  for (const id of await foldersIn(flatpakHomes(paths))) {
    const home = join(flatpakHomes(paths), id)
    await look(`${id} (Flatpak)`, join(home, '.pki', 'nssdb'))
    await look(`${id} (Flatpak, newer place)`, join(home, 'data', 'pki', 'nssdb'))
  }
  return chromiumDatabases({
    legacy: await lookAt(join(paths.home, '.pki', 'nssdb')),
    current: await lookAt(currentPath),
    currentPath,
    sandboxed,
  })
}

/** Folders that may hold a `profiles.ini`, with what to call the browser. */
async function firefoxBases(paths: UserPaths): Promise<readonly (readonly [string, string])[]> {
  const bases: (readonly [string, string])[] = [
    ['Firefox', join(paths.home, '.mozilla', 'firefox')],
    // Firefox 147 and later on a fresh home.
    ['Firefox', join(configHome(paths), 'mozilla', 'firefox')],
    ['LibreWolf', join(paths.home, '.librewolf')],
    ['LibreWolf', join(configHome(paths), 'librewolf')],
  ]
  for (const name of await foldersIn(snapHomes(paths))) {
    const common = join(snapHomes(paths), name, 'common')
    bases.push([`${name} (snap)`, join(common, '.mozilla', 'firefox')])
    bases.push([`${name} (snap)`, join(common, '.config', 'mozilla', 'firefox')])
  }
  for (const id of await foldersIn(flatpakHomes(paths))) {
    const home = join(flatpakHomes(paths), id)
    bases.push([`${id} (Flatpak)`, join(home, '.mozilla', 'firefox')])
    bases.push([`${id} (Flatpak)`, join(home, 'config', 'mozilla', 'firefox')])
    bases.push([`${id} (Flatpak)`, join(home, '.librewolf')])
  }
  return bases
}

async function findFirefox(paths: UserPaths): Promise<readonly NssDatabase[]> {
  const databases: NssDatabase[] = []
  const known = new Set<string>()
  for (const [browser, base] of await firefoxBases(paths)) {
    const ini = await readFile(join(base, 'profiles.ini'), 'utf8').catch(() => '')
    for (const profile of parseProfilesIni(ini, base)) {
      const folder = await lookAt(profile.directory)
      // A profile that was never started has no database yet; Firefox makes it.
      if (folder === undefined || !folder.hasDatabase || known.has(folder.realPath)) continue
      known.add(folder.realPath)
      databases.push({
        directory: profile.directory,
        title: `${browser} (${profile.name})`,
        kind: 'firefox',
        exists: true,
      })
    }
  }
  return databases
}

async function lookAt(path: string): Promise<DatabaseFolder | undefined> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (!isFolder) return undefined
  return { path, realPath: await realpath(path), hasDatabase: await hasDatabase(path) }
}

async function foldersIn(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
}
