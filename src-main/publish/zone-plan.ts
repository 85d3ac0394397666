/**
 * Which host entry each record belongs to. Readers look at the most specific host that covers a
 * name and at nothing else, so a record filed under another host would silently vanish. Pure.
 */
import { fail, ok, type Problem, type Result } from '../env/errors.ts'
import { coveringHost } from './host-name.ts'
import type { ZoneRecord } from './publisher.ts'

/** One host entry as planned: its name and the records it will have. */
export interface PlannedHost {
  readonly host: string
  readonly records: readonly ZoneRecord[]
}

/**
 * Distributes a whole zone over `held` (the owner's present hosts and their records). Rule: `@` is
 * replaced by the records that no other host covers. Records at or below a host with an entry of its
 * own replace, name and type by name and type, what that host has; its other records stay. Hosts the
 * zone does not mention are not touched.
 */
export function planZone(
  records: readonly ZoneRecord[],
  held: ReadonlyMap<string, readonly ZoneRecord[]>,
): readonly PlannedHost[] {
  const hosts = new Set([...held.keys(), '@'])
  const given = new Map<string, ZoneRecord[]>()
  for (const record of records) {
    const host = coveringHost(record.name, hosts) ?? '@'
    given.set(host, [...(given.get(host) ?? []), record])
  }
  return [...given].map(([host, own]) => ({
    host,
    records: host === '@' ? own : mergeRecords(held.get(host) ?? [], own),
  }))
}

/**
 * `kept` with the records of `given` put in place of those of the same name and type. A CNAME given
 * displaces all data at its name, and other data displaces a CNAME.
 */
export function mergeRecords(
  kept: readonly ZoneRecord[],
  given: readonly ZoneRecord[],
): readonly ZoneRecord[] {
  const survives = (old: ZoneRecord): boolean =>
    !given.some(
      (fresh) =>
        fresh.name === old.name &&
        (fresh.type === old.type || fresh.type === 'CNAME' || old.type === 'CNAME'),
    )
  return [...kept.filter(survives), ...given]
}

/** The records a new host takes over, and what is left to the host that covered its name so far. */
export interface Takeover {
  /** The host the records come from; absent when there is nothing to take over. */
  readonly from?: PlannedHost
  readonly records: readonly ZoneRecord[]
}

/**
 * What happens to records at or below `host` when it gets an entry of its own: they move to it,
 * because readers would no longer look for them where they are.
 */
export function planTakeover(
  host: string,
  held: ReadonlyMap<string, readonly ZoneRecord[]>,
): Takeover {
  const from = coveringHost(host, held.keys())
  if (from === undefined || from === host) return { records: [] }
  const hosts = new Set([...held.keys(), host])
  const isMoving = ({ name }: ZoneRecord): boolean => coveringHost(name, hosts) === host
  const all = held.get(from) ?? []
  const records = all.filter(isMoving)
  if (records.length === 0) return { records }
  return { from: { host: from, records: all.filter((record) => !isMoving(record)) }, records }
}

/** `publish.shadowed` when another host entry hides one of `records` of `host` from readers. */
export function checkShadows(
  host: string,
  records: readonly ZoneRecord[],
  hosts: Iterable<string>,
): Result<void> {
  const all = new Set([...hosts, host])
  for (const record of records) {
    const owner = coveringHost(record.name, all)
    if (owner !== undefined && owner !== host) return shadowed(record, owner)
  }
  return ok(undefined)
}

function shadowed({ name, type }: ZoneRecord, owner: string): { ok: false; error: Problem } {
  return fail(
    'publish.shadowed',
    `${name} ${type} belongs to the host ${owner}, which has an entry of its own: readers would not find it here.`,
    `Publish it with the host ${owner}.`,
  )
}
