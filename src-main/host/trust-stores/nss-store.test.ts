import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, cp, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createHealth } from '../../env/health.ts'
import type { Exec } from '../exec.ts'
import { makeTestFolder, realExec, recording, testEnv } from '../testing/test-home.ts'
import { makeTestRoot, type TestRoot } from '../testing/test-roots.ts'
import type { TrustStores, TrustTarget } from '../trust-target.ts'
import { createTrustStores } from './trust-stores.ts'

/** Real certutil (Debian: libnss3-tools) on databases in a home of the test's own. */
let folder: Awaited<ReturnType<typeof makeTestFolder>>
let home: string
let root: TestRoot
let stores: TrustStores

beforeEach(async () => {
  folder = await makeTestFolder()
  home = join(folder.path, 'home')
  await mkdir(home)
  root = makeTestRoot(folder.path, 'Nostr Names (box) 0a1b2c3d')
  stores = makeStores()
})
afterEach(() => folder.remove())

const legacy = (): string => join(home, '.pki/nssdb')
const current = (): string => join(home, '.local/share/pki/nssdb')

function makeStores(exec: Exec = realExec, variables: Record<string, string> = {}): TrustStores {
  return createTrustStores(testEnv, {
    platform: 'linux',
    exec,
    home,
    variables,
    recordsPath: join(folder.path, 'data/trust.json'),
    health: createHealth(() => 0),
    systemRoot: join(folder.path, 'system'),
  })
}

async function certutil(directory: string, argv: readonly string[], input = ''): Promise<string> {
  const result = await realExec({
    program: 'certutil',
    argv: ['-d', `sql:${directory}`, ...argv],
    input,
  })
  if (result.kind !== 'exited' || result.code !== 0) throw new Error(JSON.stringify(result))
  return result.stdout
}

async function makeDatabase(directory: string): Promise<string> {
  await mkdir(directory, { recursive: true })
  await certutil(directory, ['-N', '--empty-password'])
  return directory
}

/** Nickname and trust of everything in a database. */
async function contents(directory: string): Promise<readonly string[]> {
  const lines = (await certutil(directory, ['-L'])).split('\n')
  return lines
    .filter((line) => /,[A-Za-z]*,/u.test(line))
    .map((line) => line.replaceAll(/\s+/gu, ' ').trim())
}

async function nssTargets(of = stores): Promise<readonly TrustTarget[]> {
  return (await of.targets()).filter(({ id }) => id.startsWith('nss:'))
}

async function targetAt(directory: string, of = stores): Promise<TrustTarget> {
  const found = (await nssTargets(of)).find(({ id }) => id === `nss:${directory}`)
  if (found === undefined) throw new Error(`no target ${directory}`)
  return found
}

async function installEverywhere(): Promise<void> {
  for (const target of await nssTargets()) {
    expect(await stores.install(target, root.pem)).toEqual({ ok: true, value: undefined })
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

const trusted = 'Nostr Names (box) 0a1b2c3d C,,'

describe('databases of the Chromium family', () => {
  it('makes the newer one when there is none, and never the older one', async () => {
    expect((await nssTargets()).map(({ id }) => id)).toEqual([`nss:${current()}`])
    const [target] = await nssTargets()
    expect(await stores.check(target!, root.pem)).toEqual({ state: 'missing' })
    expect(await exists(current())).toBe(false)
    await installEverywhere()
    expect(await contents(current())).toEqual([trusted])
    expect(await exists(join(home, '.pki'))).toBe(false)
  })

  it('uses $XDG_DATA_HOME', async () => {
    const elsewhere = join(folder.path, 'xdg')
    const here = makeStores(realExec, { XDG_DATA_HOME: elsewhere })
    expect((await nssTargets(here)).map(({ id }) => id)).toEqual([`nss:${elsewhere}/pki/nssdb`])
  })

  it('uses the older one alone when only that exists', async () => {
    await makeDatabase(legacy())
    await installEverywhere()
    expect(await contents(legacy())).toEqual([trusted])
    expect(await exists(current())).toBe(false)
  })

  it('puts the root into both when both exist', async () => {
    await makeDatabase(legacy())
    await makeDatabase(current())
    await installEverywhere()
    expect(await contents(legacy())).toEqual([trusted])
    expect(await contents(current())).toEqual([trusted])
  })

  it('fills the older folder when it exists without a database, for it hides the newer one', async () => {
    await mkdir(legacy(), { recursive: true })
    await makeDatabase(current())
    await installEverywhere()
    expect(await contents(legacy())).toEqual([trusted])
    expect(await contents(current())).toEqual([trusted])
  })

  it('sees that two paths are one database', async () => {
    await makeDatabase(current())
    await symlink(join(home, '.local/share/pki'), join(home, '.pki'))
    expect((await nssTargets()).map(({ id }) => id)).toEqual([`nss:${legacy()}`])
  })

  it('finds snaps and Flatpaks that have one, and makes none for them', async () => {
    const there = [
      'snap/chromium/current/.pki/nssdb',
      '.var/app/org.chromium.Chromium/data/pki/nssdb',
      '.var/app/com.brave.Browser/.pki/nssdb',
    ]
    for (const path of there) await makeDatabase(join(home, path))
    await mkdir(join(home, 'snap/other/current/.pki/nssdb'), { recursive: true })
    await mkdir(join(home, '.var/app/org.gnome.Maps/data'), { recursive: true })
    const ids = (await nssTargets()).map(({ id }) => id)
    expect(ids.toSorted()).toEqual(
      [current(), ...there.map((path) => join(home, path))].map((path) => `nss:${path}`).toSorted(),
    )
    await installEverywhere()
    for (const path of there) expect(await contents(join(home, path))).toEqual([trusted])
  })
})

describe('Firefox profiles', () => {
  it('are found through profiles.ini in every place, and get the root', async () => {
    const outside = await makeDatabase(join(folder.path, 'elsewhere/profile'))
    const places: Record<string, string> = {
      '.mozilla/firefox': 'renamed',
      '.config/mozilla/firefox': 'x1.default-release',
      'snap/firefox/common/.mozilla/firefox': 'x2.default',
      '.var/app/org.mozilla.firefox/.mozilla/firefox': 'x3.default',
      '.var/app/org.mozilla.firefox/config/mozilla/firefox': 'x4.default',
    }
    for (const [base, profile] of Object.entries(places)) {
      await makeDatabase(join(home, base, profile))
      const absolute = base.startsWith('.config')
        ? `[Profile1]\r\nName=far\r\nIsRelative=0\r\nPath=${outside}\r\n`
        : ''
      await writeFile(
        join(home, base, 'profiles.ini'),
        `[General]\r\nStartWithLastProfile=1\r\n\r\n[Profile0]\r\nName=mine\r\nIsRelative=1\r\nPath=${profile}\r\n${absolute}[Install4F]\r\nDefault=${profile}\r\n`,
      )
    }
    // Named but never started, and present but not named: neither counts.
    await writeFile(
      join(home, '.mozilla/firefox/profiles.ini'),
      '[Profile0]\nName=mine\nIsRelative=1\nPath=renamed\n[Profile7]\nName=new\nIsRelative=1\nPath=never\n',
    )
    await makeDatabase(join(home, '.mozilla/firefox/abandoned.default'))

    const profiles = (await nssTargets()).filter(({ kind }) => kind === 'firefox')
    expect(profiles.map(({ id }) => id).toSorted()).toEqual(
      [...Object.entries(places).map(([base, name]) => join(home, base, name)), outside]
        .map((path) => `nss:${path}`)
        .toSorted(),
    )
    expect(profiles.map(({ title }) => title)).toContain('firefox (snap) (mine)')
    expect(profiles.map(({ title }) => title)).toContain('Firefox (far)')
    await installEverywhere()
    expect(await contents(outside)).toEqual([trusted])
  })

  it('with a primary password are left as they were, with a hint', async () => {
    const profile = join(home, '.mozilla/firefox/p')
    await mkdir(profile, { recursive: true })
    await writeFile(join(folder.path, 'password'), 'correct horse\n')
    await certutil(profile, ['-N', '-f', join(folder.path, 'password')])
    await writeFile(join(home, '.mozilla/firefox/profiles.ini'), '[Profile0]\nName=p\nPath=p\n')
    const result = await stores.install(await targetAt(profile), root.pem)
    expect(result).toMatchObject({ ok: false, error: { code: 'trust.primary-password' } })
    expect(await contents(profile)).toEqual([])
  })
})

describe('installing and removing', () => {
  it('works twice, and undoes twice', async () => {
    await makeDatabase(current())
    const before = await contents(current())
    const target = await targetAt(current())
    for (let i = 0; i < 2; i++) {
      expect(await stores.install(target, root.pem)).toMatchObject({ ok: true })
      expect(await stores.check(target, root.pem)).toEqual({ state: 'installed' })
      expect(await contents(current())).toEqual([trusted])
    }
    for (let i = 0; i < 2; i++) {
      expect(await stores.remove(target, root.sha256.toUpperCase())).toMatchObject({ ok: true })
      expect(await stores.check(target, root.pem)).toEqual({ state: 'missing' })
      expect(await contents(current())).toEqual(before)
    }
  })

  it('renews trust that somebody took away', async () => {
    await installEverywhere()
    await certutil(current(), ['-M', '-t', ',,', '-n', root.commonName])
    const target = await targetAt(current())
    expect(await stores.check(target, root.pem)).toEqual({ state: 'missing' })
    await installEverywhere()
    expect(await contents(current())).toEqual([trusted])
  })

  it('keeps two roots of a rotation apart', async () => {
    const next = makeTestRoot(folder.path, 'Nostr Names (box) ffffffff')
    await installEverywhere()
    const target = await targetAt(current())
    await stores.install(target, next.pem)
    expect(await contents(current())).toEqual([trusted, 'Nostr Names (box) ffffffff C,,'])
    await stores.remove(target, root.sha256)
    expect(await contents(current())).toEqual(['Nostr Names (box) ffffffff C,,'])
  })

  it('refuses what is not a constrained root, and stores that are not there', async () => {
    const target = await targetAt(current())
    const free = makeTestRoot(folder.path, root.commonName, null)
    expect(await stores.install(target, free.pem)).toMatchObject({
      error: { code: 'trust.not-ours' },
    })
    const elsewhere = { ...target, id: `nss:${folder.path}` }
    expect(await stores.install(elsewhere, root.pem)).toMatchObject({
      error: { code: 'trust.unknown-target' },
    })
    expect(await exists(current())).toBe(false)
  })

  it('takes the certificate out again when it could not be recorded', async () => {
    await mkdir(join(folder.path, 'data/trust.json'), { recursive: true })
    const target = await targetAt(current())
    expect((await stores.install(target, root.pem)).ok).toBe(false)
    expect(await contents(current())).toEqual([])
  })
})

describe('another certificate of our name', () => {
  it('is a conflict that stops the installation and survives the removal', async () => {
    const namesake = makeTestRoot(folder.path, root.commonName)
    await makeDatabase(current())
    await certutil(current(), ['-A', '-t', 'C,,', '-n', root.commonName, '-a'], namesake.pem)
    const target = await targetAt(current())
    expect(await stores.check(target, root.pem)).toMatchObject({ state: 'conflict' })
    expect(await stores.install(target, root.pem)).toMatchObject({
      error: { code: 'trust.conflict' },
    })
    expect(await stores.remove(target, root.sha256)).toMatchObject({ ok: true })
    expect(await contents(current())).toEqual([trusted])
  })

  it('beside ours is not deleted by chance', async () => {
    await installEverywhere()
    const namesake = makeTestRoot(folder.path, root.commonName)
    await certutil(current(), ['-A', '-t', 'C,,', '-n', root.commonName, '-a'], namesake.pem)
    const target = await targetAt(current())
    expect(await stores.check(target, root.pem)).toMatchObject({ state: 'conflict' })
    expect(await stores.remove(target, root.sha256)).toMatchObject({
      error: { code: 'trust.conflict' },
    })
    expect(await contents(current())).toHaveLength(2)
  })
})

describe('a database in use', () => {
  it('is tried again until it is free', async () => {
    await makeDatabase(current())
    const target = await targetAt(current())
    const lock = spawn('sqlite3', [join(current(), 'cert9.db')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    lock.stdin.write('BEGIN EXCLUSIVE;\n.print held\n')
    await once(lock.stdout, 'data')

    let refused = 0
    const releasing: Exec = async (command) => {
      const result = await realExec(command)
      // Freed only after certutil has been turned away once.
      if (result.kind === 'exited' && result.code !== 0 && refused++ === 0) {
        const closed = once(lock, 'close')
        lock.stdin.end('COMMIT;\n')
        await closed
      }
      return result
    }
    expect(await makeStores(releasing).install(target, root.pem)).toMatchObject({ ok: true })
    expect(refused).toBe(1)
    expect(await contents(current())).toEqual([trusted])
  })

  it('and a damaged one are unavailable, with a hint', async () => {
    await mkdir(current(), { recursive: true })
    await writeFile(join(current(), 'cert9.db'), 'junk')
    await writeFile(join(current(), 'key4.db'), 'junk')
    const state = await stores.check(await targetAt(current()), root.pem)
    expect(state).toMatchObject({
      state: 'unavailable',
      hint: expect.stringContaining('try again'),
    })
  })
})

describe('without certutil', () => {
  it.each([
    ['ID=debian\n', 'sudo apt install libnss3-tools'],
    [
      'NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"\n',
      'sudo apt install libnss3-tools',
    ],
    ['ID=fedora\n', 'sudo dnf install nss-tools'],
    ['ID="rocky"\nID_LIKE="rhel centos fedora"\n', 'sudo dnf install nss-tools'],
    ['ID=arch\n', 'sudo pacman -S nss'],
    [
      'ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"\n',
      'sudo zypper install mozilla-nss-tools',
    ],
    ['ID=strange\n', 'NSS tools of your distribution'],
    ['', 'NSS tools of your distribution'],
  ])('names the package on %j', async (osRelease, expected) => {
    await mkdir(join(folder.path, 'system/etc'), { recursive: true })
    await writeFile(join(folder.path, 'system/etc/os-release'), osRelease)
    const missing: Exec = ({ program }) => Promise.resolve({ kind: 'missing', program })
    const bare = makeStores(missing)
    const target = await targetAt(current(), bare)
    expect(await bare.check(target, root.pem)).toMatchObject({
      state: 'unavailable',
      hint: expect.stringContaining(expected),
    })
    expect(await bare.install(target, root.pem)).toMatchObject({
      error: { code: 'trust.unavailable', hint: expect.stringContaining(expected) },
    })
    expect(await bare.removeAll()).toEqual({ ok: true, value: [] })
    expect(await exists(current())).toBe(false)
  })
})

describe('removeAll', () => {
  beforeEach(async () => {
    await makeDatabase(legacy())
    await makeDatabase(current())
    await makeDatabase(join(home, '.mozilla/firefox/p'))
    await writeFile(join(home, '.mozilla/firefox/profiles.ini'), '[Profile0]\nName=p\nPath=p\n')
  })

  const everything = async (): Promise<readonly string[]> =>
    (
      await Promise.all([legacy(), current(), join(home, '.mozilla/firefox/p')].map(contents))
    ).flat()

  it.each(['kept', 'lost', 'damaged'] as const)(
    'with records %s leaves nothing of ours',
    async (fate) => {
      const older = makeTestRoot(folder.path, 'Nostr Names (old-box) 00000000')
      await installEverywhere()
      await stores.install(await targetAt(legacy()), older.pem)
      expect(await everything()).toHaveLength(4)
      const records = join(folder.path, 'data/trust.json')
      if (fate === 'lost') await rm(records)
      if (fate === 'damaged') await writeFile(records, '{"version":1,"inst')
      const again = makeStores()
      const removed = await again.removeAll()
      if (!removed.ok) throw new Error(removed.error.message)
      expect(removed.value).toHaveLength(4)
      expect(removed.value).toContain(
        'Nostr Names (old-box) 00000000 from Chromium, Chrome, Brave, Edge',
      )
      expect(await everything()).toEqual([])
      expect(await again.removeAll()).toEqual({ ok: true, value: [] })
    },
  )

  it('leaves certificates that only bear our name', async () => {
    const impostor = makeTestRoot(folder.path, root.commonName, null)
    await certutil(legacy(), ['-A', '-t', 'C,,', '-n', impostor.commonName, '-a'], impostor.pem)
    expect(await stores.removeAll()).toEqual({ ok: true, value: [] })
    expect(await contents(legacy())).toEqual([trusted])
  })

  it('remembers a database that is no longer listed anywhere', async () => {
    await installEverywhere()
    await rm(join(home, '.mozilla/firefox/profiles.ini'))
    expect(await stores.removeAll()).toMatchObject({ ok: true })
    expect(await everything()).toEqual([])
  })

  it('forgets databases that were deleted', async () => {
    await installEverywhere()
    await rm(join(home, '.mozilla'), { recursive: true })
    const again = makeStores()
    expect(await again.removeAll()).toMatchObject({ ok: true })
    expect((await readdir(home)).includes('.mozilla')).toBe(false)
  })

  it('says what could not be removed, and removes the rest', async () => {
    await installEverywhere()
    const intact = join(folder.path, 'intact')
    await cp(legacy(), intact, { recursive: true })
    await writeFile(join(legacy(), 'key4.db'), 'junk')
    await writeFile(join(legacy(), 'cert9.db'), `junk ${root.commonName}`)
    expect(await stores.removeAll()).toMatchObject({
      ok: false,
      error: { code: 'trust.removal-incomplete', message: expect.stringContaining('Chromium') },
    })
    expect(await contents(current())).toEqual([])
    // Its record is kept, so the next try still knows.
    await rm(legacy(), { recursive: true })
    await cp(intact, legacy(), { recursive: true })
    expect(await stores.removeAll()).toMatchObject({ ok: true })
    expect(await contents(legacy())).toEqual([])
  })
})

describe('what is run', () => {
  it('is certutil with fixed words, and the certificate on standard input', async () => {
    const seen = recording(realExec)
    const watched = makeStores(seen.exec)
    await watched.install(await targetAt(current(), watched), root.pem)
    const database = ['-d', `sql:${current()}`]
    expect(seen.commands.every(({ program }) => program === 'certutil')).toBe(true)
    expect(seen.commands.map(({ argv }) => argv)).toEqual(
      expect.arrayContaining([
        [...database, '-N', '--empty-password'],
        [...database, '-A', '-t', 'C,,', '-n', root.commonName, '-a'],
        [...database, '-V', '-u', 'L', '-n', root.commonName],
        [...database, '-L', '-n', root.commonName, '-a'],
      ]),
    )
    expect(seen.commands.find(({ argv }) => argv.includes('-A'))?.input).toBe(root.pem)
  })
})
