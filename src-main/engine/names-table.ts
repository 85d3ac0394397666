import type { Clock } from '../env/env.ts'
import { formatRdata } from '../dns/wire/rdata-text.ts'
import type { ResourceRecord } from '../dns/wire/message.ts'
import type { OwnerHits } from '../dns/cache/owner-index.ts'
import type { OwnerKey } from '../names/name.ts'
import type { Resolution } from '../systems/name-system.ts'
import type { NameEntry, RecordView } from '../../src-preload/contract/model.ts'

/** What the resolver says of one answered question about a managed name. */
export interface NameObservation {
  readonly owner: OwnerKey
  /** Name of the owner's apex, lower-case: what the row is called. */
  readonly apex: string
  /** Host below the apex, `@` for the apex itself. */
  readonly host: string
  readonly npub: string
  readonly resolution: Resolution
}

/** A zone as its name system knows it, for the whole row at once. */
export interface ZoneView {
  readonly state: NameEntry['state']
  readonly failure?: string
  readonly records: readonly RecordView[]
  readonly format?: string
  readonly eventIds: readonly string[]
  readonly relays: readonly string[]
  readonly signedAt?: number
  readonly validUntil?: number
  readonly seenAtMs?: number
  readonly notes: readonly string[]
}

export interface NamesTable {
  list(): readonly NameEntry[]
  get(id: string): NameEntry | undefined
  observe(observation: NameObservation): void
  /** Answers that came from the cache since the last call, as the cache counts them. */
  addHits(hits: readonly OwnerHits[]): void
  /** The owner's zone changed or was fetched; rows nobody asked for are not created. */
  updateZone(owner: OwnerKey): void
  forget(id: string): boolean
  /** Rows as kept on disk between runs. */
  save(): readonly SavedName[]
  restore(rows: readonly SavedName[]): void
}

/** Enough to show a row again after a restart; records come from the event store. */
export interface SavedName {
  readonly id: string
  readonly name: string
  readonly npub: string
  readonly hosts: readonly string[]
  readonly lastAskedMs: number
  readonly asked: number
}

const maxRows = 1000
const maxHosts = 32

interface Sources {
  readonly zoneOf: (owner: OwnerKey) => ZoneView | undefined
  readonly aliasOf: (npub: string) => string | undefined
  readonly isOwn: (npub: string) => boolean
  readonly onChange: (id: string) => void
}

/** The names this computer asked for, newest data per owner. Bounded: the row asked longest ago goes. */
export function createNamesTable(clock: Clock, sources: Sources): NamesTable {
  const rows = new Map<string, Row>()

  const view = (row: Row): NameEntry => {
    const alias = sources.aliasOf(row.npub)
    return {
      id: row.id,
      name: row.name,
      hosts: row.hosts,
      npub: row.npub,
      isOwn: sources.isOwn(row.npub),
      lastAskedMs: row.lastAskedMs,
      asked: row.asked,
      ...(alias === undefined ? {} : { alias }),
      ...(sources.zoneOf(row.id) ?? row.last),
    }
  }

  const evict = (): void => {
    while (rows.size > maxRows) {
      let oldest: Row | undefined
      for (const row of rows.values()) {
        if (oldest === undefined || row.lastAskedMs < oldest.lastAskedMs) oldest = row
      }
      if (oldest === undefined) return
      rows.delete(oldest.id)
      sources.onChange(oldest.id)
    }
  }

  return {
    list: () => [...rows.values()].map(view),
    get(id) {
      const row = rows.get(id)
      return row && view(row)
    },
    observe({ owner, apex, host, npub, resolution }) {
      const held = rows.get(owner)
      const hosts = held?.hosts ?? []
      const row: Row = {
        id: owner,
        name: held?.name ?? apex,
        npub,
        hosts: hosts.includes(host) || hosts.length >= maxHosts ? hosts : [...hosts, host],
        lastAskedMs: clock.nowMs(),
        asked: (held?.asked ?? 0) + 1,
        last: lastOf(resolution, held?.last),
      }
      rows.set(owner, row)
      evict()
      sources.onChange(owner)
    },
    addHits(hits) {
      for (const { owner, hits: count, lastHit } of hits) {
        const row = rows.get(owner)
        if (row === undefined) continue
        const lastAskedMs = Math.max(row.lastAskedMs, lastHit * 1000)
        rows.set(owner, { ...row, asked: row.asked + count, lastAskedMs })
        sources.onChange(owner)
      }
    },
    updateZone(owner) {
      if (rows.has(owner)) sources.onChange(owner)
    },
    forget(id) {
      const existed = rows.delete(id)
      if (existed) sources.onChange(id)
      return existed
    },
    save: () =>
      [...rows.values()].map(({ id, name, npub, hosts, lastAskedMs, asked }) => ({
        id,
        name,
        npub,
        hosts,
        lastAskedMs,
        asked,
      })),
    restore(saved) {
      for (const row of saved) {
        rows.set(row.id, { ...row, last: unknownZone })
        sources.onChange(row.id)
      }
      evict()
    },
  }
}

interface Row extends SavedName {
  /** From the answers themselves, for systems that keep no zone (petnames, NIP-05). */
  readonly last: ZoneView
}

const nothing = { records: [], eventIds: [], relays: [], notes: [] }
const unknownZone: ZoneView = { ...nothing, state: 'resolving' }

function lastOf(resolution: Resolution, held: ZoneView | undefined): ZoneView {
  if (resolution.kind === 'failure') {
    return { ...(held ?? nothing), state: 'failed', failure: resolution.ede.text }
  }
  const { provenance } = resolution
  const hasAnswer = resolution.kind === 'answer' || resolution.kind === 'alias'
  const records = hasAnswer ? resolution.rrset.map(recordView) : (held?.records ?? [])
  // A missing host below a name that has records does not make the whole name missing.
  const without = resolution.kind === 'nxdomain' ? 'nxdomain' : 'empty'
  return {
    state: records.length > 0 ? 'ok' : without,
    records,
    format: provenance.format,
    eventIds: provenance.eventIds,
    relays: provenance.sources,
    validUntil: resolution.validUntil,
    seenAtMs: provenance.seenAtMs,
    notes: provenance.notes ?? [],
    ...(provenance.signedAt === undefined ? {} : { signedAt: provenance.signedAt }),
  }
}

/** A record in zone-file text, for people. */
export function recordView(record: ResourceRecord): RecordView {
  return {
    name: record.name,
    type: record.rdata.type,
    ttl: record.ttl,
    rdata: formatRdata(record.rdata),
  }
}
