import { spawn, type ChildProcess } from 'node:child_process'
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import type { Clock } from '../env/env.ts'

/** One program to run. Arguments are handed over as they are: no shell ever sees them. */
export interface Command {
  /** A bare name, looked up in the runner's fixed folders, or an absolute path. */
  readonly program: string
  readonly argv: readonly string[]
  /** Written to standard input, which is then closed. Without it standard input is empty. */
  readonly input?: string
  /**
   * More input, written when `line` appears on standard error. For a script that a shell reads from
   * standard input and that then reads data from there: a shell may read ahead, so the data must not
   * be in the pipe before the script asks for it.
   */
  readonly reply?: { readonly line: string; readonly text: string }
  /** Environment variables beside PATH and LC_ALL. Everything else of our own is withheld. */
  readonly variables?: Readonly<Record<string, string>>
  /** Milliseconds until the program and its children are killed. Default 10 s. */
  readonly timeoutMs?: number
}

export type ExecResult =
  | {
      readonly kind: 'exited'
      readonly code: number
      readonly stdout: string
      readonly stderr: string
    }
  /** There is no such program, or it may not be run. */
  | { readonly kind: 'missing'; readonly program: string }
  /** Killed by us (`timeout`, `output`), or by somebody else (`signal`). */
  | {
      readonly kind: 'killed'
      readonly why: 'timeout' | 'output' | 'signal'
      readonly stdout: string
      readonly stderr: string
    }

/** Runs a command to its end. Never rejects: what can go wrong is in the result. */
export type Exec = (command: Command) => Promise<ExecResult>

export interface ExecOptions {
  /** Where bare program names are looked up, in this order; also the child's PATH. */
  readonly folders: readonly string[]
  readonly clock: Clock
}

const defaultTimeoutMs = 10_000
/** Characters of output, both streams together, after which a program is taken to be running wild. */
const maxOutput = 1024 * 1024

/** Where system programs live, by platform. Never the user's PATH: anybody may have written that. */
export function systemFolders(
  platform: NodeJS.Platform,
  variables: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  if (platform === 'win32') {
    const root = variables['SystemRoot'] ?? 'C:\\Windows'
    return [`${root}\\System32`, `${root}\\System32\\WindowsPowerShell\\v1.0`]
  }
  if (platform === 'darwin') return ['/usr/bin', '/bin', '/usr/sbin', '/sbin']
  // NixOS keeps programs of the system in the last one.
  return ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin', '/run/current-system/sw/bin']
}

/** A runner over real processes. */
export function createExec({ folders, clock }: ExecOptions): Exec {
  return async (command) => {
    const path = await findProgram(command.program, folders)
    if (path === undefined) return { kind: 'missing', program: command.program }
    return run(path, command, folders, clock)
  }
}

/** Absolute path of `program`, or undefined when none of `folders` has it. */
export async function findProgram(
  program: string,
  folders: readonly string[],
): Promise<string | undefined> {
  const candidates = isAbsolute(program)
    ? [program]
    : folders.map((folder) => join(folder, program))
  for (const candidate of candidates) {
    const isThere = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (isThere) return candidate
  }
  return undefined
}

function run(
  path: string,
  command: Command,
  folders: readonly string[],
  clock: Clock,
): Promise<ExecResult> {
  return new Promise((resolve) => {
    const isWindows = process.platform === 'win32'
    const child = spawn(path, [...command.argv], {
      shell: false,
      // A session of its own: no terminal to ask for passwords on, and one group to kill.
      detached: !isWindows,
      windowsHide: true,
      cwd: isWindows ? undefined : '/',
      env: {
        PATH: folders.join(isWindows ? ';' : ':'),
        LC_ALL: 'C.UTF-8',
        ...command.variables,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    let why: 'timeout' | 'output' | undefined
    let pendingReply = command.reply
    const cancelTimer = clock.schedule(command.timeoutMs ?? defaultTimeoutMs, () => stop('timeout'))

    const finish = (result: ExecResult): void => {
      cancelTimer()
      resolve(result)
    }
    const stop = (reason: 'timeout' | 'output'): void => {
      if (why !== undefined) return
      why = reason
      kill(child)
      // An elevated child cannot be killed by us; waiting for it would be waiting for ever.
      child.stdout.destroy()
      child.stderr.destroy()
      child.stdin.destroy()
      child.unref()
      finish({ kind: 'killed', why: reason, stdout, stderr })
    }
    const count = (): void => {
      if (stdout.length + stderr.length > maxOutput) stop('output')
    }

    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
      count()
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
      count()
      if (pendingReply !== undefined && stderr.split('\n').includes(pendingReply.line)) {
        child.stdin.end(pendingReply.text)
        pendingReply = undefined
      }
    })
    // A program that ends without reading its input is no error of ours.
    child.stdin.on('error', () => undefined)
    child.on('error', () => finish({ kind: 'missing', program: command.program }))
    child.on('close', (code) => {
      if (why !== undefined) return
      if (code === null) finish({ kind: 'killed', why: 'signal', stdout, stderr })
      else finish({ kind: 'exited', code, stdout, stderr })
    })

    if (command.input !== undefined) child.stdin.write(command.input)
    if (command.reply === undefined) child.stdin.end()
  })
}

function kill(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL')
  } catch {
    // It ended by itself in the meantime, or runs as somebody else.
  }
}
