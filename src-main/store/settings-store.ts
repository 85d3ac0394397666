import type { ZodError } from 'zod'
import { settingsPatchSchema, settingsSchema } from '../../src-preload/contract/settings.ts'
import type { Settings, SettingsPatch } from '../../src-preload/contract/settings.ts'
import type { Env, Unsubscribe } from '../env/env.ts'
import { fail, ok, type Result } from '../env/errors.ts'
import type { Health } from '../env/health.ts'
import type { Service } from '../env/service.ts'
import { describeIssue, unknownField } from './atomic-file.ts'
import { createJsonDocument } from './json-document.ts'
import type { Fields, Migrations } from './migrate.ts'

const settingsVersion = 1

/** Version 1 is the first: a step is added here with each change that an old file would not pass. */
const settingsMigrations: Migrations = {}

export interface SettingsStore extends Service {
  /** Defaults before `start`, and when the file could not be used. */
  get(): Settings
  /**
   * Changes what `patch` names and keeps the rest; resolves when that is on the disk. Fails with
   * `settings.unknown`, `settings.invalid`, `settings.newer-version` or `store.…`, changing nothing.
   */
  update(patch: SettingsPatch): Promise<Result<Settings>>
  onChange(listener: (settings: Settings) => void): Unsubscribe
}

/** The settings file at `path`. A bad file is raised in `health` under `settings.file`. */
export function createSettingsStore(env: Env, path: string, health?: Health): SettingsStore {
  const document = createJsonDocument<Settings>(env, {
    path,
    code: 'settings',
    title: 'The settings',
    schema: settingsSchema,
    version: settingsVersion,
    migrations: settingsMigrations,
    initial: settingsSchema.parse({ version: settingsVersion }),
    health,
  })
  return {
    start: () => document.start(),
    stop: () => document.stop(),
    get: () => document.get(),
    update: (patch) => document.update((current) => patchSettings(current, patch)),
    onChange: (listener) => document.onChange(listener),
  }
}

/** `current` with the fields that `patch` names, checked as a whole. */
export function patchSettings(current: Settings, patch: unknown): Result<Settings> {
  const shape = settingsPatchSchema.safeParse(patch)
  if (!shape.success) return refuse(shape.error)
  const parsed = settingsSchema.safeParse(merge(current, shape.data))
  return parsed.success ? ok(parsed.data) : refuse(parsed.error)
}

function refuse(error: ZodError): Result<Settings> {
  const unknown = unknownField(error)
  return unknown === undefined
    ? fail('settings.invalid', `The setting ${describeIssue(error)}.`)
    : fail('settings.unknown', `There is no setting named ${unknown}.`)
}

/**
 * Objects field by field, everything else replaced: a nested object that names one field must not
 * let the schema's defaults reset the others.
 */
function merge(current: Fields, patch: Fields): Fields {
  const entries = new Map(Object.entries(current))
  for (const [name, wanted] of Object.entries(patch)) {
    if (wanted === undefined) continue
    const held = entries.get(name)
    entries.set(name, isFields(held) && isFields(wanted) ? merge(held, wanted) : wanted)
  }
  return Object.fromEntries(entries)
}

function isFields(value: unknown): value is Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
