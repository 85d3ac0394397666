import { z } from 'zod'
import type { Env, Unsubscribe } from '../../env/env.ts'
import { type Result, fail, ok } from '../../env/errors.ts'
import type { Health } from '../../env/health.ts'
import type { Service } from '../../env/service.ts'
import type { PubkeyHex } from '../../names/name.ts'
import { parseName } from '../../names/parse-name.ts'
import { createJsonDocument } from '../../store/json-document.ts'

/** The user's own word for a key: `alice.nostr`, on this computer only. */
export interface PetnameEntry {
  readonly label: string
  readonly owner: PubkeyHex
}

const schema = z.strictObject({
  version: z.literal(1),
  // A list, because labels such as `__proto__` are no safe keys of an object.
  petnames: z.array(
    z.strictObject({ label: z.string().max(63), owner: z.string().regex(/^[0-9a-f]{64}$/u) }),
  ),
})

/** The user's petnames in one file; a change is on disk before it is confirmed. */
export interface PetnameTable extends Service {
  find(label: string): PubkeyHex | undefined
  /** Sorted by label. */
  list(): readonly PetnameEntry[]
  set(label: string, owner: PubkeyHex): Promise<Result<void>>
  remove(label: string): Promise<Result<void>>
  /** Called with each label whose meaning changed. */
  onChange(listener: (label: string) => void): Unsubscribe
}

export function createPetnameTable(
  env: Env,
  options: { readonly path: string; readonly health?: Health },
): PetnameTable {
  const listeners = new Set<(label: string) => void>()
  const document = createJsonDocument(env, {
    path: options.path,
    code: 'petnames',
    title: 'The petnames',
    schema,
    version: 1,
    migrations: {},
    initial: { version: 1, petnames: [] },
    health: options.health,
  })
  let known = new Map<string, PubkeyHex>()
  document.onChange(({ petnames }) => {
    const before = known
    known = new Map(petnames.map(({ label, owner: key }) => [label, key]))
    const changed = new Set([...before.keys(), ...known.keys()])
    for (const label of changed) {
      if (before.get(label) === known.get(label)) continue
      for (const listener of listeners) listener(label)
    }
  })
  const write = async (label: string, owner: PubkeyHex | undefined): Promise<Result<void>> => {
    const updated = await document.update((current) => {
      const petnames = current.petnames.filter((entry) => entry.label !== label)
      if (owner !== undefined) petnames.push({ label, owner })
      return ok({ version: 1 as const, petnames })
    })
    return updated.ok ? ok(undefined) : updated
  }
  return {
    start: () => document.start(),
    stop: () => document.stop(),
    find: (label) => known.get(label),
    list: () =>
      [...known]
        .map(([label, owner]) => ({ label, owner }))
        .toSorted((a, b) => (a.label < b.label ? -1 : 1)),
    async set(text, owner) {
      const label = labelIn(text)
      return label === undefined ? badLabel(text) : write(label, owner)
    },
    async remove(text) {
      const label = labelIn(text)
      if (label === undefined || !known.has(label)) {
        return fail('petnames.unknown', `There is no petname “${text}”.`)
      }
      return write(label, undefined)
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** The label of `alice` or `alice.nostr`, if the name parser takes it for a petname. */
function labelIn(text: string): string | undefined {
  const bare = text.trim().replace(/\.nostr\.?$/iu, '')
  const name = parseName(`${bare}.nostr`)
  return name.kind === 'petname' && name.host === '@' ? name.label : undefined
}

function badLabel(text: string): Result<never> {
  const name = parseName(text)
  return fail(
    'petnames.bad-label',
    name.kind === 'secret'
      ? 'This is a secret key, not a petname.'
      : `“${text}” cannot be a petname.`,
    'A petname is one word of letters a-z, digits and hyphens, at most 63 characters.',
  )
}
