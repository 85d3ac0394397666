export type Fields = Readonly<Record<string, unknown>>

/** Entry `n` turns the fields of version `n` into those of version `n + 1`; pure. */
export type Migrations = Readonly<Record<number, (fields: Fields) => Fields>>

export type Migrated =
  | { readonly kind: 'current'; readonly data: Fields }
  | { readonly kind: 'newer'; readonly version: number }
  | { readonly kind: 'bad'; readonly reason: string }

/** Brings `data`, as read from a file, to version `current` by its `version` field. */
export function migrate(data: unknown, current: number, migrations: Migrations): Migrated {
  if (data === null || typeof data !== 'object' || Array.isArray(data)) {
    return { kind: 'bad', reason: 'it is not a JSON object' }
  }
  let fields = data as Fields
  const version = fields['version']
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
    return { kind: 'bad', reason: 'version: must be a whole number, 1 or more' }
  }
  if (version > current) return { kind: 'newer', version }
  for (let from = version; from < current; from++) {
    const step = migrations[from]
    if (step === undefined) return { kind: 'bad', reason: `version: ${from} is not known` }
    fields = { ...step(fields), version: from + 1 }
  }
  return { kind: 'current', data: fields }
}
