export interface ElectronRuntime {
  readonly kind: 'override' | 'package' | 'installed' | 'fallback'
  readonly executable: string
  /** The folder electron-builder calls electronDist. */
  readonly distPath: string
  readonly version: string
}

export function locateElectron(): Promise<ElectronRuntime>
export function describeRuntime(runtime: ElectronRuntime): string
export function chooseElectron(): Promise<ElectronRuntime>
