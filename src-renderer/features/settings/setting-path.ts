import type { Settings } from '../../../src-preload/contract/model.ts'

/** Dotted paths of the single values inside `T`; lists count as one value. */
type Paths<T> = {
  readonly [K in keyof T & string]: T[K] extends readonly unknown[]
    ? K
    : T[K] extends object
      ? `${K}.${Paths<T[K]>}`
      : K
}[keyof T & string]

type At<T, Path> = Path extends `${infer Head}.${infer Rest}`
  ? Head extends keyof T
    ? At<T[Head], Rest>
    : never
  : Path extends keyof T
    ? T[Path]
    : never

export type SettingPath = Paths<Omit<Settings, 'version'>>
export type SettingValue<Path extends SettingPath> = At<Settings, Path>

/** Paths of settings whose values are of type `V`. */
export type PathsTo<V> = {
  readonly [Path in SettingPath]: SettingValue<Path> extends V ? Path : never
}[SettingPath]

export function valueAt<Path extends SettingPath>(
  settings: Settings,
  path: Path,
): SettingValue<Path> {
  let value: unknown = settings
  for (const step of path.split('.')) value = (value as Readonly<Record<string, unknown>>)[step]
  return value as SettingValue<Path>
}

/** A patch that names `path` alone; the engine keeps everything beside it. */
export function patchAt(path: SettingPath, value: unknown): Readonly<Record<string, never>> {
  let patch = value
  for (const step of path.split('.').toReversed()) patch = { [step]: patch }
  return patch as Readonly<Record<string, never>>
}
