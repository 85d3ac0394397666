/** Records as their owner edits them, in stored form. Pure. */
import type { Problem, Result } from '../env/errors.ts'
import { ok } from '../env/errors.ts'
import type { PubkeyHex } from '../names/name.ts'
import { apexOf, futureTolerance } from '../systems/nostr/read-event.ts'
import { limits, readRdata, readType } from '../systems/nostr/formats/record-text.ts'
import { isPrivateRdata } from '../systems/private-rdata.ts'
import { buildCanonical } from '../systems/nostr/write-events.ts'
import type { ZoneRecord } from './publisher.ts'

/**
 * `records` with lower-case names, upper-case types, TTLs in range and no duplicates; or the
 * Problem (`records.…`) that names the record readers would not serve and says why.
 */
export function checkRecords(
  owner: PubkeyHex,
  host: string,
  records: readonly ZoneRecord[],
): Result<readonly ZoneRecord[]> {
  const clean = records.map(normalise)
  // What can be built is what readers accept: the same rules, kept in one place.
  const trial = buildCanonical({ owner, host, records: clean, now: futureTolerance, lifetime: 1 })
  if (!trial.ok) return trial
  const unique = new Map(clean.map((record) => [keyOf(record), record]))
  return ok([...unique.values()])
}

function normalise({ name, type, ttl, rdata }: ZoneRecord): ZoneRecord {
  const lower = name.trim().toLowerCase()
  return {
    name: lower === '' ? '@' : lower,
    type: type.trim().toUpperCase(),
    ttl: Math.min(limits.maxTtl, Math.max(limits.minTtl, Math.trunc(ttl))),
    rdata: rdata.trim(),
  }
}

function keyOf({ name, type, rdata }: ZoneRecord): string {
  return `${name} ${type} ${rdata}`
}

/** Says which of `records`, checked before, strangers will not be given (specs s.4.7). */
export function privateNotices(
  owner: PubkeyHex,
  records: readonly ZoneRecord[],
): readonly Problem[] {
  const hidden = records.filter(({ type, rdata }) => {
    const known = readType(type)
    const parsed = known && readRdata(known, rdata, apexOf(owner))
    return parsed !== undefined && isPrivateRdata(parsed)
  })
  if (hidden.length === 0) return []
  const list = hidden.map(({ name, type, rdata }) => `${name} ${type} ${rdata}`).join(', ')
  return [
    {
      code: 'publish.private-address',
      message: `Inside a private network: ${list}. Only you and people who allow it for your key will see it.`,
    },
  ]
}
