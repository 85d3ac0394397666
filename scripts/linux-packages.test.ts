import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stagePackageFiles } from './package-files.mjs'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..')
const helperPath = '/usr/libexec/nostr-dns/dns-helper'
const policyPath = '/usr/share/polkit-1/actions/org.nostr-dns.policy'
const isDebian = existsSync('/usr/bin/dpkg-deb')

let folder = ''
let packages = ''

interface FpmCall {
  readonly options: Readonly<Record<string, readonly string[]>>
  readonly files: readonly { readonly from: string; readonly to: string }[]
}

/** Has electron-builder make packages of a tiny app, with everything else as for a release. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nostr-dns-packages-'))
  packages = join(folder, 'packages')
  const app = join(folder, 'app')
  await mkdir(join(app, 'resources'), { recursive: true })
  for (const program of ['nostr-dns', 'chrome-sandbox']) {
    await writeFile(join(app, program), '#!/bin/sh\n', { mode: 0o755 })
  }
  await stagePackageFiles()
  await run(
    process.execPath,
    [
      join(root, 'node_modules/electron-builder/cli.js'),
      ...['--linux', 'deb', 'rpm', '--prepackaged', app],
      `-c.directories.output=${packages}`,
    ],
    {
      cwd: root,
      env: { ...process.env, CUSTOM_FPM_PATH: join(root, 'scripts/testing/fpm-stand-in.mjs') },
    },
  )
}, 120_000)

afterAll(() => rm(folder, { recursive: true, force: true }))

async function packageFile(extension: string): Promise<string> {
  const name = (await readdir(packages)).find((file) => file.endsWith(extension))
  if (name === undefined) throw new Error(`no ${extension} was made`)
  return join(packages, name)
}

test.each(['.deb', '.rpm'])('%s is given the helper, its policy and the script', async (kind) => {
  const call = JSON.parse(await readFile(await packageFile(`${kind}.json`), 'utf8')) as FpmCall
  expect(call.files).toEqual(
    expect.arrayContaining([
      { from: 'out/package/dns-helper', to: helperPath },
      { from: 'out/package/org.nostr-dns.policy', to: policyPath },
    ]),
  )
  expect(call.options['before-remove']).toEqual(['out/package/before-remove'])
  // electron-builder's own scripts are kept: they link the program and set up its sandbox.
  for (const name of ['after-install', 'after-remove']) {
    expect(call.options[name]).toEqual([expect.any(String)])
  }
})

describe.skipIf(!isDebian)('the Debian package', () => {
  test('holds helper and policy for root only to change, and the real texts', async () => {
    const deb = await packageFile('.deb')
    const { stdout } = await run('dpkg-deb', ['--contents', deb])
    const line = (path: string) => stdout.split('\n').find((entry) => entry.endsWith(` .${path}`))
    expect(line(helperPath)).toMatch(/^-rwxr-xr-x root\/root /u)
    expect(line(policyPath)).toMatch(/^-rw-r--r-- root\/root /u)
    expect(line('/usr/libexec/nostr-dns/')).toMatch(/^drwxr-xr-x root\/root /u)
    const tree = join(folder, 'tree')
    await run('dpkg-deb', ['--raw-extract', deb, tree])
    for (const [packed, source] of [
      [helperPath, 'assets/helper/dns-helper.sh'],
      [policyPath, 'assets/helper/org.nostr-dns.policy'],
      ['/DEBIAN/prerm', 'assets/package/before-remove.sh'],
    ] as const) {
      expect(await readFile(join(tree, packed), 'utf8')).toBe(
        await readFile(join(root, source), 'utf8'),
      )
    }
    const desktop = await readFile(join(tree, 'usr/share/applications/nostr-dns.desktop'), 'utf8')
    expect(desktop).toMatch(/^MimeType=x-scheme-handler\/nostr-dns;$/mu)
    // %U: the link that was clicked.
    expect(desktop).toMatch(/^Exec="\/opt\/Nostr DNS\/nostr-dns" %U$/mu)
  })

  const isRoot = process.getuid?.() === 0
  test.skipIf(!isRoot)(
    'installs, upgrades and goes, with a helper that fails (root only: a file tree of its own)',
    async () => {
      const tree = join(folder, 'root')
      const log = join(tree, 'calls')
      await run('sh', ['-euc', makeTree, 'sh', tree])
      const dpkg = async (...args: string[]) => {
        // The private mounts end with the command.
        await run('unshare', [
          ...['--mount', '--propagation', 'private', 'sh', '-euc', dpkgInTree, 'sh', tree],
          ...args,
        ])
      }
      const status = async () =>
        (
          await run('dpkg-query', [
            ...[`--admindir=${tree}/var/lib/dpkg`, '--show', '--showformat=${db:Status-Status}'],
            'nostr-dns',
          ])
        ).stdout
      const deb = await packageFile('.deb')
      await dpkg('--install', deb)
      expect(await status()).toBe('installed')
      const helper = join(tree, helperPath)
      expect(existsSync(helper)).toBe(true)
      await writeFile(helper, '#!/bin/sh\necho "$*" >>/calls\nexit 74\n')

      await dpkg('--install', deb)
      expect(existsSync(log)).toBe(false)
      await writeFile(helper, '#!/bin/sh\necho "$*" >>/calls\nexit 74\n')
      await dpkg('--remove', 'nostr-dns')
      expect(await readFile(log, 'utf8')).toBe('uninstall\n')
      expect(existsSync(helper)).toBe(false)
      expect(await status().catch(() => 'unknown')).not.toBe('installed')
    },
    120_000,
  )
})

/** The programs that the package's scripts use, and an empty package database. */
const makeTree = `
tree=$1
mkdir -p "$tree"/usr/bin "$tree"/usr/lib "$tree"/etc/alternatives "$tree"/tmp \\
  "$tree"/var/lib/dpkg/updates "$tree"/var/lib/dpkg/info "$tree"/var/lib/dpkg/alternatives "$tree"/var/log
for name in bin sbin; do ln -s usr/bin "$tree/$name"; done
ln -s bin "$tree/usr/sbin"
for name in lib lib64; do
  if [ -L "/$name" ]; then ln -s "$(readlink "/$name")" "$tree/$name"; else mkdir "$tree/$name"; fi
done
[ ! -d /usr/lib64 ] || mkdir "$tree/usr/lib64"
mkdir "$tree/dev"
touch "$tree/var/lib/dpkg/status" "$tree/dev/null"
for name in bash sh cat chmod cp ln readlink rm timeout unshare true update-alternatives; do
  for folder in /usr/bin /bin; do
    [ ! -x "$folder/$name" ] || cp -L "$folder/$name" "$tree/usr/bin/$name"
  done
done`

const dpkgInTree = `
tree=$1
shift
for name in usr/lib usr/lib64; do
  [ ! -d "/$name" ] || mount --bind -o ro "/$name" "$tree/$name"
done
mount --bind /dev/null "$tree/dev/null"
dpkg --root="$tree" --force-depends "$@" >"$tree/var/log/dpkg.out" 2>&1 || {
  cat "$tree/var/log/dpkg.out" >&2
  exit 1
}`
