import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

/** The CLI as plain Node runs it, for tests that need it as a process of its own. */
export interface BuiltCli {
  /** The program, for tests that start it in another place. */
  readonly file: string
  /** Runs to the end; `input` goes to standard input. */
  run(
    args: readonly string[],
    options?: { readonly input?: string },
  ): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>
  /** Starts and leaves running; the caller ends it. */
  start(args: readonly string[]): ChildProcess
  remove(): void
}

/** Bundles the CLI below `out/`, where its native modules are found in node_modules. */
export async function buildCli(): Promise<BuiltCli> {
  const root = fileURLToPath(new URL('../../..', import.meta.url))
  mkdirSync(join(root, 'out'), { recursive: true })
  const folder = mkdtempSync(join(root, 'out', 'test-cli-'))
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true, external: ['classic-level', 'koffi'] },
    build: {
      ssr: fileURLToPath(new URL('../../cli.ts', import.meta.url)),
      outDir: folder,
      minify: false,
      rolldownOptions: {
        external: ['classic-level', 'koffi', 'bufferutil', 'utf-8-validate'],
        output: { entryFileNames: 'cli.mjs' },
      },
    },
  })
  const file = join(folder, 'cli.mjs')
  const start = (args: readonly string[]): ChildProcess =>
    spawn(process.execPath, [file, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  return {
    file,
    start,
    run(args, options = {}) {
      const child = start(args)
      let stdout = ''
      let stderr = ''
      child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text))
      child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
      child.stdin?.end(options.input ?? '')
      return new Promise((resolve) => {
        child.once('close', (code) => resolve({ code, stdout, stderr }))
      })
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
