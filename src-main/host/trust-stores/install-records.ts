import { z } from 'zod'
import type { Env } from '../../env/env.ts'
import { ok, toProblem, type Result } from '../../env/errors.ts'
import type { Health } from '../../env/health.ts'
import { createJsonDocument } from '../../store/json-document.ts'
import type { TrustTarget } from '../trust-target.ts'
import type { OwnRoot } from './own-root.ts'

const recordSchema = z.strictObject({
  targetId: z.string().min(1),
  title: z.string(),
  kind: z.enum(['chromium', 'firefox', 'system']),
  isPrivileged: z.boolean(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/u),
  commonName: z.string(),
  installedAtMs: z.number().int().nonnegative(),
})

const recordsSchema = z.strictObject({
  version: z.literal(1),
  installed: z.array(recordSchema).max(10_000),
})

/** One certificate that this program put into one store. */
export type InstallRecord = z.output<typeof recordSchema>

/** What was installed where: a help for undoing, never the only way to know. */
export interface InstallRecords {
  /** None when the file cannot be read. */
  list(): Promise<readonly InstallRecord[]>
  add(target: TrustTarget, root: OwnRoot): Promise<Result<void>>
  remove(targetId: string, sha256: string): Promise<Result<void>>
}

export function createInstallRecords(env: Env, path: string, health?: Health): InstallRecords {
  const document = createJsonDocument<z.output<typeof recordsSchema>>(env, {
    path,
    code: 'trust-records',
    title: 'The list of trust stores that were changed',
    schema: recordsSchema,
    version: 1,
    migrations: {},
    initial: { version: 1, installed: [] },
    health,
  })
  let started: Promise<Result<void>> | undefined
  /** Reads the file at its first use; a failure is not remembered, so that it can be mended. */
  const start = (): Promise<Result<void>> => {
    started ??= document.start().then(
      () => ok(undefined),
      (error: unknown) => {
        started = undefined
        return { ok: false, error: toProblem(error) }
      },
    )
    return started
  }

  const change = async (
    edit: (installed: readonly InstallRecord[]) => InstallRecord[],
  ): Promise<Result<void>> => {
    const read = await start()
    if (!read.ok) return read
    const updated = await document.update((held) =>
      ok({ ...held, installed: edit(held.installed) }),
    )
    return updated.ok ? ok(undefined) : updated
  }
  const others = (
    installed: readonly InstallRecord[],
    targetId: string,
    sha256: string,
  ): InstallRecord[] =>
    installed.filter((record) => record.targetId !== targetId || record.sha256 !== sha256)

  return {
    async list() {
      await start()
      return document.get().installed
    },
    add: (target, root) =>
      change((installed) => [
        ...others(installed, target.id, root.sha256),
        {
          targetId: target.id,
          title: target.title,
          kind: target.kind,
          isPrivileged: target.isPrivileged,
          sha256: root.sha256,
          commonName: root.commonName,
          installedAtMs: env.clock.nowMs(),
        },
      ]),
    remove: async (targetId, sha256) => {
      await start()
      const isRecorded = document
        .get()
        .installed.some((record) => record.targetId === targetId && record.sha256 === sha256)
      if (!isRecorded) return ok(undefined)
      return change((installed) => others(installed, targetId, sha256))
    },
  }
}
