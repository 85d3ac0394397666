import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const run = promisify(execFile)
const script = join(import.meta.dirname, '../assets/package/before-remove.sh')

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nostr-dns-removal-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

/** A file tree whose helper, if any, notes its words and then does `behaviour`. */
async function treeWith(behaviour: string | undefined): Promise<string> {
  const tree = await mkdtemp(join(folder, 'tree-'))
  if (behaviour === undefined) return tree
  const helper = join(tree, 'usr/libexec/nostr-dns/dns-helper')
  await mkdir(dirname(helper), { recursive: true })
  await writeFile(helper, `#!/bin/sh\necho "$*" >>${tree}/calls\n${behaviour}\n`)
  await chmod(helper, 0o755)
  return tree
}

async function removeWith(tree: string, words: readonly string[], path = process.env['PATH']) {
  const { stdout, stderr } = await run('/bin/sh', [script, ...words], {
    env: { PATH: path ?? '', DPKG_ROOT: tree },
  })
  const calls = await readFile(join(tree, 'calls'), 'utf8').catch(() => '')
  return { stdout, stderr, calls }
}

test.each([
  ['deb: removal', ['remove'], 'uninstall\n'],
  ['deb: removal for another package', ['remove', 'in-favour', 'x', '1'], 'uninstall\n'],
  ['rpm: removal', ['0'], 'uninstall\n'],
  ['deb: upgrade', ['upgrade', '0.2.0'], ''],
  ['deb: failed upgrade', ['failed-upgrade', '0.1.0'], ''],
  ['deb: deconfigured', ['deconfigure', 'in-favour', 'x', '1'], ''],
  ['rpm: upgrade', ['1'], ''],
  ['no word', [], ''],
])('%s', async (_title, words, expected) => {
  expect((await removeWith(await treeWith('exit 0'), words)).calls).toBe(expected)
})

test.each([
  ['fails', 'exit 74'],
  ['is not for this system', 'exit 69'],
  ['is killed', 'kill -9 $$'],
  ['talks', 'echo out; echo err >&2; exit 1'],
  ['reads', 'cat; exit 1'],
  ['is no program', '#!/no/such/interpreter\nexit 1'],
])('a helper that %s never stops the removal', async (_title, behaviour) => {
  // A rejected promise would be an exit code other than 0.
  const { stdout, stderr } = await removeWith(await treeWith(behaviour), ['remove'])
  expect(stdout).toBe('')
  expect(stderr).toMatch(/^nostr-dns: [^\n]+\n$/u)
})

test('without a helper, or one that may not run, nothing is said', async () => {
  expect(await removeWith(await treeWith(undefined), ['remove'])).toMatchObject({ stderr: '' })
  const tree = await treeWith('exit 1')
  await chmod(join(tree, 'usr/libexec/nostr-dns/dns-helper'), 0o644)
  expect(await removeWith(tree, ['remove'])).toEqual({ stdout: '', stderr: '', calls: '' })
})

test('a helper that hangs is ended', async () => {
  const tree = await treeWith('exit 0')
  const bin = join(tree, 'bin')
  await mkdir(bin)
  await writeFile(join(bin, 'timeout'), `#!/bin/sh\necho "timeout $1" >>${tree}/calls\nexit 124\n`)
  await chmod(join(bin, 'timeout'), 0o755)
  const { stderr, calls } = await removeWith(tree, ['remove'], `${bin}:/usr/bin:/bin`)
  expect(calls).toBe('timeout 60\n')
  expect(stderr).toMatch(/^nostr-dns: /u)
})

test('without timeout(1) the helper runs all the same', async () => {
  const tree = await treeWith('exit 0')
  const bin = join(tree, 'bin')
  await mkdir(bin)
  await copyFile('/bin/sh', join(bin, 'sh'))
  expect((await removeWith(tree, ['remove'], bin)).calls).toBe('uninstall\n')
})

test.skipIf(!existsSync('/usr/bin/shellcheck'))('shellcheck finds nothing', async () => {
  const { stdout } = await run('shellcheck', ['--shell=sh', '--severity=style', script])
  expect(stdout).toBe('')
})
