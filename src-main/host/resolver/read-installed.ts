import { lstat, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FactsOptions } from './gather-facts.ts'
import { judgeFiles, judgeRules, pathsToRead, type InstalledFiles } from './installed.ts'
import { localRulesKey, policyRulesKey, rulesOf } from './windows-rules.ts'

/** Reads back what is configured; needs no privilege. */
export async function readInstalled(options: FactsOptions): Promise<InstalledFiles> {
  const { platform, exec, systemRoot } = options
  if (platform === 'win32') {
    const local = await rulesOf(exec, localRulesKey)
    const policy = await rulesOf(exec, policyRulesKey)
    return { installed: judgeRules(local, policy), ours: [], foreign: [] }
  }
  if (platform !== 'linux' && platform !== 'darwin') {
    return { installed: { kind: 'absent' }, ours: [], foreign: [] }
  }
  const found = new Map<string, string>()
  for (const path of pathsToRead(platform)) {
    const text = await readPlain(join(systemRoot, path))
    if (text !== undefined) found.set(path, text)
  }
  return judgeFiles(platform, found)
}

/** Undefined when nothing is there; no text for what is no plain file or cannot be read. */
async function readPlain(path: string): Promise<string | undefined> {
  const found = await lstat(path).catch(() => undefined)
  if (found === undefined) return undefined
  return found.isFile() ? readFile(path, 'utf8').catch(() => '') : ''
}
