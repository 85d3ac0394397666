import { z } from 'zod'
import type { PkarrDeliveryView } from '../../../src-preload/contract/pkarr-model.ts'
import type { Env } from '../../env/env.ts'
import { ok, type Result } from '../../env/errors.ts'
import type { Health } from '../../env/health.ts'
import type { Service } from '../../env/service.ts'
import { createJsonDocument } from '../../store/json-document.ts'
import type { PkarrKey, SignedPacket } from '../../systems/pkarr/carrier.ts'
import { fromRelayBody, toRelayBody } from '../../systems/pkarr/signed-packet.ts'

/** When and how a packet was announced last. */
export interface Announcement {
  readonly atMs: number
  readonly results: readonly PkarrDeliveryView[]
  /** Announcements in a row that did not reach every carrier. */
  readonly failures: number
  readonly nextMs: number
}

export interface KeptPacket {
  readonly packet: SignedPacket
  readonly announcement?: Announcement
}

/**
 * The packets this program announces again and again: own ones, which the network forgets in two
 * hours (BEP 44) and only their key could make anew, and those of keys the user follows.
 */
export interface KeptPackets extends Service {
  get(key: PkarrKey): KeptPacket | undefined
  list(): readonly KeptPacket[]
  /** Fsynced when it resolves. */
  put(kept: KeptPacket): Promise<Result<void>>
  remove(key: PkarrKey): Promise<Result<void>>
}

const delivery = z.strictObject({
  carrier: z.string().max(1024),
  kind: z.enum(['relay', 'dht']),
  state: z.enum(['stored', 'conflict', 'rate-limited', 'refused', 'unreachable']),
  nodes: z.number().int().nonnegative().optional(),
  detail: z.string().max(1024).optional(),
})

const entrySchema = z.strictObject({
  key: z.string().length(52),
  /** Signature, timestamp and DNS message, base64. */
  body: z.string().min(96).max(2048),
  announcement: z
    .strictObject({
      atMs: z.number(),
      results: z.array(delivery).max(64),
      failures: z.number().int().nonnegative(),
      nextMs: z.number(),
    })
    .optional(),
})

const schema = z.strictObject({
  version: z.literal(1),
  packets: z.array(entrySchema).max(2000),
})

type File = z.output<typeof schema>

export function createKeptPackets(
  env: Env,
  { path, health }: { readonly path: string; readonly health: Health },
): KeptPackets {
  const document = createJsonDocument<File>(env, {
    path,
    code: 'pkarr-packets',
    title: 'The packets of PKARR keys',
    schema,
    version: 1,
    migrations: {},
    initial: { version: 1, packets: [] },
    health,
  })
  const read = new Map<PkarrKey, KeptPacket>()

  const change = async (edit: (file: File) => File['packets']): Promise<Result<void>> => {
    const done = await document.update((file) => ok({ ...file, packets: edit(file) }))
    return done.ok ? ok(undefined) : done
  }

  return {
    get: (key) => read.get(key),
    list: () => [...read.values()],
    async put(kept) {
      const { key } = kept.packet
      const { announcement } = kept
      const entry: File['packets'][number] = {
        key,
        body: Buffer.from(toRelayBody(kept.packet)).toString('base64'),
        ...(announcement === undefined
          ? {}
          : {
              announcement: {
                ...announcement,
                results: announcement.results.map((result) => ({ ...result })),
              },
            }),
      }
      const done = await change(({ packets }) => [
        ...packets.filter((other) => other.key !== key),
        entry,
      ])
      if (done.ok) read.set(key, kept)
      return done
    },
    async remove(key) {
      const done = await change(({ packets }) => packets.filter((other) => other.key !== key))
      if (done.ok) read.delete(key)
      return done
    },
    async start() {
      await document.start()
      for (const { key, body, announcement } of document.get().packets) {
        const opened = fromRelayBody(key, Buffer.from(body, 'base64'))
        // Checked again: a file edited by hand must not make this program announce nonsense.
        if (!opened.ok) env.log.warn('a kept packet is damaged', { key, code: opened.error.code })
        else {
          const packet = opened.value
          read.set(
            key,
            announcement === undefined ? { packet } : { packet, announcement: views(announcement) },
          )
        }
      }
    },
    stop: () => document.stop(),
  }
}

/** Optional fields that are absent, not undefined. */
function views(announcement: NonNullable<File['packets'][number]['announcement']>): Announcement {
  return {
    ...announcement,
    results: announcement.results.map(({ nodes, detail, ...result }) => ({
      ...result,
      ...(nodes === undefined ? {} : { nodes }),
      ...(detail === undefined ? {} : { detail }),
    })),
  }
}
