/** A zone file as records to publish. Pure. */
import { nameKey } from '../dns/wire/domain-name.ts'
import { formatRdata } from '../dns/wire/rdata-text.ts'
import { parseZoneFile } from '../dns/wire/zone-file.ts'
import { fail, ok, type Problem, type Result } from '../env/errors.ts'
import type { PubkeyHex } from '../names/name.ts'
import { limits } from '../systems/nostr/formats/record-text.ts'
import { apexOf } from '../systems/nostr/read-event.ts'
import type { ZoneRecord } from './publisher.ts'

/** Faults listed in one message. */
const maxFaults = 5

export interface ZoneText {
  readonly records: readonly ZoneRecord[]
  readonly notices: readonly Problem[]
}

/**
 * The records of zone file `text` under the apex of `owner`, or `publish.bad-zone` naming the lines
 * at fault. The SOA and NS of the apex, which every exported zone has and an npub has no use for,
 * are left out with a notice.
 */
export function readZoneText(owner: PubkeyHex, text: string): Result<ZoneText> {
  const apex = apexOf(owner)
  const parsed = parseZoneFile(text, { origin: apex, defaultTtl: limits.defaultTtl })
  const faults = parsed.errors.map(({ line, message }) => ({ line, message }))
  const records: ZoneRecord[] = []
  const skipped = new Set<string>()
  let clamped = 0
  for (const { name, ttl, type, rdata, line } of parsed.records) {
    const relative = relativeTo(apex, name)
    if (relative === undefined) {
      faults.push({ line, message: `${name} is not below ${apex}` })
    } else if (relative === '@' && (type === 'SOA' || type === 'NS')) {
      skipped.add(type)
    } else {
      const kept = Math.min(limits.maxTtl, Math.max(limits.minTtl, ttl))
      if (kept !== ttl) clamped += 1
      records.push({ name: relative, type, ttl: kept, rdata: formatRdata(rdata) })
    }
  }
  if (faults.length > 0) return badZone(faults)
  return ok({ records, notices: noticesOf(skipped, clamped) })
}

function relativeTo(apex: string, name: string): string | undefined {
  const key = nameKey(name)
  if (key === apex) return '@'
  return key.endsWith(`.${apex}`) ? key.slice(0, -apex.length - 1) : undefined
}

function badZone(faults: readonly { line: number; message: string }[]): Result<never> {
  const listed = faults
    .toSorted((a, b) => a.line - b.line)
    .slice(0, maxFaults)
    .map(({ line, message }) => `line ${line}: ${message.replace(/\.$/u, '')}`)
  const more = faults.length > maxFaults ? `; and ${faults.length - maxFaults} more` : ''
  return fail(
    'publish.bad-zone',
    `The zone file cannot be published: ${listed.join('; ')}${more}.`,
    'Nothing was changed. Correct these lines and publish it again.',
  )
}

function noticesOf(skipped: ReadonlySet<string>, clamped: number): readonly Problem[] {
  const notices: Problem[] = []
  if (skipped.size > 0) {
    notices.push({
      code: 'publish.zone-keeping-records',
      message: `Left out: ${[...skipped].join(' and ')} of the zone itself. A key needs no name servers.`,
    })
  }
  if (clamped > 0) {
    notices.push({
      code: 'publish.ttl-clamped',
      message: `${clamped} TTL${clamped === 1 ? ' was' : 's were'} brought into ${limits.minTtl} to ${limits.maxTtl} seconds, which is what readers use.`,
    })
  }
  return notices
}
