/**
 * Builds the app with plain vite: Node entries (ESM), preload (one CJS file), renderer. Run as
 * `node scripts/build.mjs [--force]`; a build whose sources are unchanged is skipped.
 */
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { reportAndExit, say, step } from './steps.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Entries of out/node; the file name is the contract between processes. */
const nodeEntries = {
  main: 'src-main/main.ts',
  engine: 'src-main/engine/utility-entry.ts',
  cli: 'src-main/cli.ts',
  'verify-worker': 'src-main/relays/verify-worker.ts',
}

/** Modules with native code; they load from node_modules (from app.asar.unpacked when packaged). */
export const nativeModules = ['classic-level', 'koffi']

const notBundled = [
  'electron',
  ...nativeModules,
  // Optional native speed-ups of ws that we do not install; ws asks for them inside try/catch.
  'bufferutil',
  'utf-8-validate',
  ...builtinModules,
  /^node:/u,
]

const nodeTarget = 'node20'
const preloadTarget = 'chrome130'

/** Everything whose change must cause a build. */
const sourceRoots = ['src-main', 'src-preload', 'src-renderer', 'assets', 'scripts']
const sourceFiles = ['package.json', 'package-lock.json', 'tsconfig.base.json']

/** @param {string} directory */
function* filesBelow(directory) {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) yield* filesBelow(path)
    else if (entry.isFile() && !/\.test\.tsx?$/u.test(entry.name)) yield path
  }
}

/** One hash over the names and contents of all sources. */
export function sourcesHash(projectRoot = root) {
  const files = sourceRoots
    .map((name) => join(projectRoot, name))
    .filter((path) => existsSync(path))
    .flatMap((path) => [...filesBelow(path)])
    .concat(sourceFiles.map((name) => join(projectRoot, name)).filter((path) => existsSync(path)))
    .toSorted((a, b) => (a < b ? -1 : 1))
  const hash = createHash('sha256')
  for (const file of files) {
    hash.update(`${relative(projectRoot, file)}\0`)
    hash.update(readFileSync(file))
    hash.update('\0')
  }
  return hash.digest('hex')
}

/** True when out/ was built from exactly the present sources. */
export function isBuildFresh(projectRoot = root) {
  const stamp = join(projectRoot, 'out', '.stamp')
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === sourcesHash(projectRoot)
}

const shared = { configFile: false, root, logLevel: 'warn' }

/**
 * @param {string} outRoot
 * @param {Record<string, string>} entries
 * @param {(line: string) => void} tell
 */
function nodeConfig(outRoot, entries, tell) {
  const input = {}
  for (const [name, source] of Object.entries(entries)) {
    if (existsSync(resolve(root, source))) input[name] = resolve(root, source)
    else tell(`skip  ${name}: ${source} does not exist`)
  }
  return {
    ...shared,
    ssr: { noExternal: true, external: nativeModules, target: 'node' },
    build: {
      ssr: true,
      target: nodeTarget,
      outDir: join(outRoot, 'node'),
      emptyOutDir: true,
      minify: false,
      rolldownOptions: {
        input,
        external: notBundled,
        output: {
          format: 'esm',
          entryFileNames: '[name].js',
          // Beside the entries: `new URL('./verify-worker.js', import.meta.url)` must hold in chunks.
          chunkFileNames: 'chunk-[name]-[hash].js',
          banner: (chunk) => (chunk.isEntry && chunk.name === 'cli' ? '#!/usr/bin/env node' : ''),
        },
      },
    },
  }
}

/** A sandboxed preload can only be CommonJS and can only require `electron`. */
function preloadConfig(outRoot) {
  return {
    ...shared,
    ssr: { noExternal: true, target: 'node' },
    build: {
      ssr: true,
      target: preloadTarget,
      outDir: join(outRoot, 'preload'),
      emptyOutDir: true,
      minify: false,
      rolldownOptions: {
        input: { preload: join(root, 'src-preload/preload.ts') },
        external: ['electron'],
        output: { format: 'cjs', entryFileNames: '[name].cjs', codeSplitting: false },
      },
    },
  }
}

/** The window has its own vite.config.ts, which its developers also use without Electron. */
function rendererConfig(outRoot) {
  return {
    root: join(root, 'src-renderer'),
    configFile: join(root, 'src-renderer/vite.config.ts'),
    logLevel: 'warn',
    build: { outDir: join(outRoot, 'renderer'), emptyOutDir: true },
  }
}

/**
 * Builds everything that exists into `out/`. Returns false when nothing had to be done.
 * @param {{ force?: boolean, outRoot?: string, entries?: Record<string, string>, tell?: (line: string) => void }} [options]
 */
export async function buildApp({
  force = false,
  outRoot = join(root, 'out'),
  entries = nodeEntries,
  tell = say,
} = {}) {
  if (!force && isBuildFresh()) return false
  const hash = sourcesHash()
  const { build } = await import('vite')
  const parts = [['build Node entries', nodeConfig(outRoot, entries, tell)]]
  if (existsSync(join(root, 'src-preload/preload.ts'))) {
    parts.push(['build preload', preloadConfig(outRoot)])
  }
  if (existsSync(join(root, 'src-renderer/index.html'))) {
    parts.push(['build renderer', rendererConfig(outRoot)])
  }
  for (const [title, config] of parts) {
    await step(title, async () => void (await build(config)), tell)
  }
  if (existsSync(join(outRoot, 'node/cli.js'))) chmodSync(join(outRoot, 'node/cli.js'), 0o755)
  mkdirSync(outRoot, { recursive: true })
  writeFileSync(join(outRoot, '.stamp'), hash)
  return true
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const isBuilt = await buildApp({ force: process.argv.includes('--force') })
    if (!isBuilt) say('ok    build is up to date')
  } catch (error) {
    reportAndExit(error)
  }
}
