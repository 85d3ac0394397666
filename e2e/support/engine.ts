import type { ElectronApplication } from '@playwright/test'

/** Process id of the engine, if one runs. */
export function enginePid(electron: ElectronApplication): Promise<number | undefined> {
  return electron.evaluate(
    ({ app }) => app.getAppMetrics().find((metric) => metric.name === 'Nostr DNS engine')?.pid,
  )
}

/** Process id of the engine, which must be running. */
export async function runningEngine(electron: ElectronApplication): Promise<number> {
  const pid = await enginePid(electron)
  if (pid === undefined) throw new Error('no engine is running')
  return pid
}

export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
