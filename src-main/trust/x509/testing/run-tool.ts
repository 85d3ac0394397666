/** Test support: other people's programs, to check what this program makes. */
import { execFile } from 'node:child_process'

export interface ToolRun {
  readonly code: number
  /** Standard output and error together. */
  readonly text: string
}

/** Runs `program` with `args` and no shell; resolves whatever its exit code is. */
export function runTool(
  program: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly timeoutMs?: number } = {},
): Promise<ToolRun> {
  const { env = process.env, timeoutMs = 15_000 } = options
  return new Promise((resolve, reject) => {
    execFile(program, args, { env, timeout: timeoutMs }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number' && error.killed !== true) reject(error)
      else resolve({ code: error === null ? 0 : Number(error.code ?? -1), text: stdout + stderr })
    })
  })
}

/** Like `runTool`, for programs that must succeed; returns their output. */
export async function runToolOk(program: string, args: readonly string[]): Promise<string> {
  const { code, text } = await runTool(program, args)
  if (code !== 0) throw new Error(`${program} ${args[0] ?? ''} ended with ${code}:\n${text}`)
  return text
}
