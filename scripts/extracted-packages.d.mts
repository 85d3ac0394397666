export declare const extractedSets: readonly {
  readonly folder: string
  readonly packages: readonly string[]
  readonly why: string
}[]
export declare function extractedPackagesFolder(): string
export declare function packagesToUnpack(simulation: string): string[]
export declare function extractPackages(
  sets?: typeof extractedSets,
  base?: string,
): Promise<readonly string[]>
