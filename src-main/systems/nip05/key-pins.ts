import { z } from 'zod'
import type { Env } from '../../env/env.ts'
import { type Result, ok } from '../../env/errors.ts'
import type { Health } from '../../env/health.ts'
import type { Service } from '../../env/service.ts'
import type { PubkeyHex } from '../../names/name.ts'
import { createJsonDocument } from '../../store/json-document.ts'

const schema = z.strictObject({
  version: z.literal(1),
  pins: z.array(
    z.strictObject({
      identifier: z.string().max(320),
      pubkey: z.string().regex(/^[0-9a-f]{64}$/u),
    }),
  ),
})

/** The key first seen behind each NIP-05 identifier, on disk before it is relied on. */
export interface KeyPins extends Service {
  find(identifier: string): PubkeyHex | undefined
  set(identifier: string, pubkey: PubkeyHex): Promise<Result<void>>
}

export function createKeyPins(
  env: Env,
  options: { readonly path: string; readonly health?: Health },
): KeyPins {
  const document = createJsonDocument(env, {
    path: options.path,
    code: 'nip05-pins',
    title: 'The keys seen behind NIP-05 names',
    schema,
    version: 1,
    migrations: {},
    initial: { version: 1, pins: [] },
    health: options.health,
  })
  return {
    start: () => document.start(),
    stop: () => document.stop(),
    find: (identifier) => document.get().pins.find((pin) => pin.identifier === identifier)?.pubkey,
    async set(identifier, pubkey) {
      const updated = await document.update(({ pins }) =>
        ok({
          version: 1 as const,
          pins: [...pins.filter((pin) => pin.identifier !== identifier), { identifier, pubkey }],
        }),
      )
      return updated.ok ? ok(undefined) : updated
    },
  }
}
