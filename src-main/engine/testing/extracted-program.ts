import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** A program of a Debian package that was unpacked for tests, never installed. */
export interface ExtractedProgram {
  start(args: readonly string[]): ChildProcess
}

/**
 * The program at `path` of the set `set` (scripts/extracted-packages.mjs); undefined where that set
 * is not there, such as on other systems than Debian.
 */
export function extractedProgram(set: string, path: string): ExtractedProgram | undefined {
  const base = process.env['NOSTR_DNS_TEST_PACKAGES']
  if (base === undefined) return undefined
  const program = join(base, set, path)
  if (!existsSync(program)) return undefined
  const libraries = join(base, set, 'usr/lib')
  const folders = existsSync(libraries)
    ? readdirSync(libraries).filter((name) => name.endsWith('-linux-gnu'))
    : []
  const env = {
    PATH: process.env['PATH'],
    LD_LIBRARY_PATH: folders.map((name) => join(libraries, name)).join(':'),
  }
  return { start: (args) => spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] }) }
}
