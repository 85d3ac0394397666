/** Proves that the import directions of .oxlintrc.json are enforced: each bad import is one error. */
import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..')

interface Diagnostic {
  readonly code: string
  readonly filename: string
}

let project: string

beforeAll(async () => {
  project = await mkdtemp(join(tmpdir(), 'nostr-dns-lint-'))
  await copyFile(join(root, '.oxlintrc.json'), join(project, '.oxlintrc.json'))
})

afterAll(() => rm(project, { recursive: true, force: true }))

/** The rules that `source`, standing at `path`, breaks. */
async function brokenRules(path: string, source: string): Promise<readonly string[]> {
  const file = join(project, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, source)
  const oxlint = join(root, 'node_modules/oxlint/bin/oxlint')
  const { stdout } = await run(process.execPath, [oxlint, '--format=json', path], {
    cwd: project,
  }).catch((error: { stdout: string }) => error)
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: readonly Diagnostic[] }
  return diagnostics.map(({ code }) => code)
}

const restricted = 'eslint(no-restricted-imports)'

describe('imports that point up or sideways are refused', () => {
  test.each([
    ['src-main/names/bad.ts', '../env/env.ts'],
    ['src-main/dns/wire/bad.ts', '../../names/name.ts'],
    ['src-main/env/bad.ts', '../store/database.ts'],
    ['src-main/store/bad.ts', '../systems/name-system.ts'],
    ['src-main/relays/embedded/bad.ts', '../../engine/rpc.ts'],
    ['src-main/relays/bad.ts', '../dns/cache.ts'],
    ['src-main/keys/bad.ts', '../publish/publisher.ts'],
    ['src-main/systems/nostr/bad.ts', '../../publish/publisher.ts'],
    ['src-main/systems/bad.ts', '../engine/rpc.ts'],
    ['src-main/dns/bad.ts', '../engine/engine.ts'],
    ['src-main/publish/bad.ts', '../shell/tray.ts'],
    ['src-main/engine/bad.ts', '../shell/tray.ts'],
    ['src-main/engine/bad.ts', '../cli/serve.ts'],
    ['src-main/cli/bad.ts', '../shell/tray.ts'],
    ['src-main/shell/bad.ts', '../relays/relay-service.ts'],
    ['src-main/shell/bad.ts', '../engine/engine.ts'],
    ['src-main/main.ts', './engine/engine.ts'],
    ['src-preload/bad.ts', '../src-main/env/errors.ts'],
    ['src-renderer/bad.ts', '../src-preload/contract/calls.ts'],
    ['src-renderer/bad.ts', 'node:fs'],
    ['e2e/bad.ts', '../src-main/names/parse-name.ts'],
  ])('%s may not import %s', async (path, from) => {
    const source = `import { thing } from '${from}'\n\nexport const used = thing\n`
    expect(await brokenRules(path, source)).toEqual([restricted])
  })
})

describe('electron is for the shell and the preload script', () => {
  const source = `import { app } from 'electron'\n\nexport const used = app\n`

  test.each([
    'src-main/engine/bad.ts',
    'src-main/cli.ts',
    'src-main/keys/bad.ts',
    'src-main/names/bad.ts',
    'src-renderer/bad.ts',
    'src-other/bad.ts',
  ])('not in %s', async (path) => {
    expect(await brokenRules(path, source)).toEqual([restricted])
  })

  test.each(['src-main/shell/good.ts', 'src-main/main.ts', 'src-preload/good.ts'])(
    'in %s',
    async (path) => {
      expect(await brokenRules(path, source)).toEqual([])
    },
  )
})

describe('what is allowed', () => {
  test.each([
    ['src-main/systems/good.ts', '../relays/relay-service.ts'],
    ['src-main/relays/good.ts', '../store/database.ts'],
    ['src-main/relays/good.ts', '../dns/wire/message.ts'],
    ['src-main/keys/good.ts', '../names/npub.ts'],
    ['src-main/engine/good.ts', '../dns/name-server.ts'],
    ['src-main/cli/good.ts', '../engine/engine.ts'],
  ])('%s imports %s', async (path, from) => {
    const source = `import { thing } from '${from}'\n\nexport const used = thing\n`
    expect(await brokenRules(path, source)).toEqual([])
  })

  test('the shell uses types of the engine', async () => {
    const source = `import type { ToEngine } from '../engine/protocol.ts'\n\nexport type Used = ToEngine\n`
    expect(await brokenRules('src-main/shell/good.ts', source)).toEqual([])
  })
})

describe('house rules', () => {
  test.each([
    [
      'console outside the command line',
      'src-main/dns/bad.ts',
      'eslint(no-console)',
      `console.log(1)\n`,
    ],
    ['default exports', 'src-main/dns/bad.ts', 'import(no-default-export)', 'export default 1\n'],
    ['any', 'src-main/dns/bad.ts', 'typescript(no-explicit-any)', 'export type Bad = any\n'],
    [
      'files over 500 lines',
      'src-main/dns/bad.ts',
      'eslint(max-lines)',
      Array.from({ length: 501 }, (_, index) => `export const n${index} = ${index}\n`).join(''),
    ],
  ])('%s', async (_title, path, rule, source) => {
    expect(await brokenRules(path, source)).toEqual([rule])
  })
})
