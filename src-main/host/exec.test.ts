import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { systemClock } from '../env/system-env.ts'
import { createExec, findProgram, systemFolders, type Exec } from './exec.ts'

let folder: string
let exec: Exec

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'exec-'))
  exec = createExec({ folders: [folder, '/usr/bin', '/bin'], clock: systemClock })
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function program(name: string, script: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, `#!/bin/sh\n${script}\n`)
  await chmod(path, 0o755)
  return path
}

describe('createExec', () => {
  it('hands arguments over untouched, whatever a shell would make of them', async () => {
    await program('show', 'for a; do printf "[%s]\\n" "$a"; done')
    const argv = ['$(id)', '`id`', ';id', 'a b', "'", '"', '*', '', '--', 'é\nü', '$HOME']
    const result = await exec({ program: 'show', argv })
    expect(result).toMatchObject({
      kind: 'exited',
      code: 0,
      stdout: argv.map((arg) => `[${arg}]\n`).join(''),
    })
  })

  it('gives the child PATH, LC_ALL and what the command names, and nothing else', async () => {
    process.env['EXEC_TEST_SECRET'] = 'x'
    const result = await exec({ program: 'env', argv: [], variables: { HOME: '/h' } })
    delete process.env['EXEC_TEST_SECRET']
    if (result.kind !== 'exited') throw new Error(result.kind)
    expect(result.stdout.trim().split('\n').toSorted()).toEqual([
      'HOME=/h',
      'LC_ALL=C.UTF-8',
      `PATH=${folder}:/usr/bin:/bin`,
    ])
  })

  it('reports exit codes and both streams', async () => {
    await program('both', 'echo out; echo err >&2; exit 7')
    expect(await exec({ program: 'both', argv: [] })).toEqual({
      kind: 'exited',
      code: 7,
      stdout: 'out\n',
      stderr: 'err\n',
    })
  })

  it('passes input, and an empty input when there is none', async () => {
    expect(await exec({ program: 'cat', argv: [], input: 'hello' })).toMatchObject({
      stdout: 'hello',
    })
    expect(await exec({ program: 'cat', argv: [] })).toMatchObject({ code: 0, stdout: '' })
  })

  it.each(['dash', 'bash'])('keeps a reply back until the %s script asks for it', async (shell) => {
    // Without the handshake dash swallows the reply together with the script.
    const input = 'echo ready >&2; cat; exit 3\n'
    const reply = { line: 'ready', text: 'the data' }
    expect(await exec({ program: shell, argv: ['-s'], input, reply })).toMatchObject({
      code: 3,
      stdout: 'the data',
    })
  })

  it('says when a program is missing or is no program', async () => {
    await writeFile(join(folder, 'text'), 'not executable')
    await writeFile(join(folder, 'broken'), '#!/no/such/interpreter\n')
    await chmod(join(folder, 'broken'), 0o755)
    for (const name of ['no-such-program', 'text', 'broken', '/no/such/file']) {
      expect(await exec({ program: name, argv: [] })).toEqual({ kind: 'missing', program: name })
    }
  })

  it('kills a program and its children when the time is up', async () => {
    let timeIsUp: (() => void) | undefined
    const clock = {
      nowMs: () => 0,
      schedule: (delayMs: number, task: () => void) => {
        expect(delayMs).toBe(300)
        timeIsUp = task
        return () => undefined
      },
    }
    const pids = join(folder, 'pids')
    await program('slow', `sleep 1000 & echo $! > ${pids}.new; mv ${pids}.new ${pids}; wait`)
    const slow = createExec({ folders: [folder, '/usr/bin', '/bin'], clock })
    const running = slow({ program: 'slow', argv: [], timeoutMs: 300 })
    const pid = await vi.waitFor(async () => Number(await readFile(pids, 'utf8')), {
      timeout: 10_000,
    })
    timeIsUp?.()
    expect(await running).toMatchObject({ kind: 'killed', why: 'timeout' })
    await expect.poll(() => isRunning(pid), { timeout: 10_000 }).toBe(false)
  })

  it('kills a program that writes without end', async () => {
    await program('wild', 'while :; do echo "asking for a password for ever and ever"; done')
    expect(await exec({ program: 'wild', argv: [] })).toMatchObject({
      kind: 'killed',
      why: 'output',
    })
  })

  it('has no terminal to ask anything on', async () => {
    await program('ask', '(exec </dev/tty) 2>/dev/null && echo terminal || echo none')
    expect(await exec({ program: 'ask', argv: [] })).toMatchObject({ stdout: 'none\n' })
  })

  it('says when somebody else killed the program', async () => {
    await program('victim', 'kill -9 $$')
    expect(await exec({ program: 'victim', argv: [] })).toMatchObject({
      kind: 'killed',
      why: 'signal',
    })
  })
})

describe('findProgram', () => {
  it('takes the first folder that has it', async () => {
    const mine = await program('env', 'exit 0')
    expect(await findProgram('env', [folder, '/usr/bin'])).toBe(mine)
    expect(await findProgram('env', ['/usr/bin', folder])).toBe('/usr/bin/env')
    expect(await findProgram('env', [])).toBeUndefined()
  })

  it('never uses the Windows programs of another drive or of NSS', () => {
    expect(systemFolders('win32', { SystemRoot: 'D:\\Win' })).toEqual([
      'D:\\Win\\System32',
      'D:\\Win\\System32\\WindowsPowerShell\\v1.0',
    ])
  })
})

/** A killed child of a killed parent may stay as a zombie of whoever adopted it. */
async function isRunning(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const state = stat.slice(stat.lastIndexOf(')') + 2)[0]
  return state !== undefined && state !== 'Z'
}
