import type { Clock } from '../env/env.ts'
import { formatRdata } from '../dns/wire/rdata-text.ts'
import type { ResourceRecord } from '../dns/wire/message.ts'
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
    const zone = sources.zoneOf(row.id)
    const alias = sources.aliasOf(row.npub)
    const base = {
      id: row.id,
      name: row.name,
      hosts: row.hosts,
      npub: row.npub,
      isOwn: sources.isOwn(row.npub),
      lastAskedMs: row.lastAskedMs,
      asked: row.asked,
      ...(alias === undefined ? {} : { alias }),
      ...(row.failure === undefined ? {} : { failure: row.failure }),
    }
    if (zone === undefined) {
      return { ...base, state: row.state, ...(row.last ?? emptyZone) }
    }
    const state = zone.records.length > 0 ? 'ok' : row.state === 'ok' ? 'empty' : row.state
    return { ...base, state: row.failure === undefined ? state : row.state, ...zone }
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
      const { failure: _failure, ...kept } = held ?? {
        id: owner,
        name: apex,
        npub,
        state: 'resolving' as const,
        last: undefined,
      }
      const row: Row = {
        ...kept,
        hosts: hosts.includes(host) || hosts.length >= maxHosts ? hosts : [...hosts, host],
        lastAskedMs: clock.nowMs(),
        asked: (held?.asked ?? 0) + 1,
        ...outcome(resolution, held),
      }
      rows.set(owner, row)
      evict()
      sources.onChange(owner)
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
        rows.set(row.id, { ...row, state: 'ok', last: undefined })
        sources.onChange(row.id)
      }
      evict()
    },
  }
}

interface Row extends SavedName {
  readonly state: NameEntry['state']
  readonly failure?: string
  /** From the answer itself, for systems that keep no zone (petnames, NIP-05). */
  readonly last: ZoneView | undefined
}

const emptyZone: ZoneView = { records: [], eventIds: [], relays: [], notes: [] }

function outcome(
  resolution: Resolution,
  held: Row | undefined,
): { state: NameEntry['state']; last: ZoneView | undefined; failure?: string } {
  if (resolution.kind === 'failure') {
    return { state: 'failed', last: held?.last, failure: resolution.ede.text }
  }
  const { provenance } = resolution
  const records =
    resolution.kind === 'answer' || resolution.kind === 'alias'
      ? resolution.rrset.map(recordView)
      : (held?.last?.records ?? [])
  const last: ZoneView = {
    records,
    format: provenance.format,
    eventIds: provenance.eventIds,
    relays: provenance.sources,
    validUntil: resolution.validUntil,
    seenAtMs: provenance.seenAtMs,
    notes: provenance.notes ?? [],
    ...(provenance.signedAt === undefined ? {} : { signedAt: provenance.signedAt }),
  }
  if (resolution.kind === 'nxdomain') {
    // A missing host below a name that has records does not make the whole name missing.
    return { state: records.length > 0 ? 'ok' : 'nxdomain', last }
  }
  if (resolution.kind === 'nodata') return { state: records.length > 0 ? 'ok' : 'empty', last }
  return { state: 'ok', last }
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
