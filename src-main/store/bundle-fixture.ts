import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { mkdtemp, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

/** Test support: a TypeScript entry that is run as a process of its own and may be killed. */
export interface Fixture {
  /** Folder of the bundle; the test removes it. */
  readonly folder: string
  run(...args: readonly string[]): FixtureRun
}

export interface FixtureRun {
  readonly process: ChildProcessByStdio<null, Readable, Readable>
  /** Whole lines printed so far; keeps growing. */
  readonly lines: readonly string[]
  /** Resolves once `count` lines are there or the process has ended. */
  printed(count: number): Promise<void>
  /** SIGKILL, then waits for the end. */
  kill(): Promise<void>
  /** Exit code. */
  ended: Promise<number | null>
  /** Everything it wrote to stderr. */
  errors(): string
}

/** Bundles `entry` (a file URL) with all its imports, so that plain Node can run it anywhere. */
export async function bundleFixture(entry: URL): Promise<Fixture> {
  const folder = await mkdtemp(join(tmpdir(), 'nostr-dns-fixture-'))
  // Native modules find their binaries by their own place, so they stay out of the bundle.
  const modules = fileURLToPath(new URL('../../node_modules', import.meta.url))
  await symlink(modules, join(folder, 'node_modules'), 'junction')
  await build({
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true, external: ['classic-level'] },
    build: {
      ssr: fileURLToPath(entry),
      outDir: folder,
      emptyOutDir: false,
      minify: false,
      rolldownOptions: { output: { entryFileNames: 'fixture.mjs' } },
    },
  })
  return {
    folder,
    run: (...args) => start(join(folder, 'fixture.mjs'), args),
  }
}

function start(file: string, args: readonly string[]): FixtureRun {
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: string[] = []
  const waiting = new Set<() => void>()
  const wake = (): void => {
    for (const check of waiting) check()
  }
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  let isOver = false
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line)
    wake()
  })
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      isOver = true
      wake()
      resolve(code)
    })
  })
  return {
    process: child,
    lines,
    printed: (count) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (lines.length < count && !isOver) return
          waiting.delete(check)
          resolve()
        }
        waiting.add(check)
        check()
      }),
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
    ended,
    errors: () => stderr,
  }
}
