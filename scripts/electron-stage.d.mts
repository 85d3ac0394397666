import type { ElectronRuntime } from './electron-runtime.mjs'

export function stageApp(
  runtime: ElectronRuntime,
  projectRoot?: string,
): Promise<{ readonly executable: string; readonly args: readonly string[] }>
