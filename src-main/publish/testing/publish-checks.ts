import { expect } from 'vitest'
import type { Event } from 'nostr-tools/pure'
import type { Result } from '../../env/errors.ts'
import type { CopyReport, PublishReport, ZoneRecord } from '../publisher.ts'
import type { Bench } from './publish-bench.ts'

export const canonical = 31_111

export function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`)
  return result.value
}

export function codeOf(result: Result<unknown>): string {
  return result.ok ? 'ok' : result.error.code
}

export function copyOf(
  report: PublishReport,
  format: CopyReport['format'],
): CopyReport | undefined {
  return report.copies.find((copy) => copy.format === format)
}

/** `record` and `rr` tags of the canonical event of `host` at the first relay. */
export async function published(bench: Bench, host = '@'): Promise<string[][] | undefined> {
  const event = await canonicalEvent(bench, host)
  return event?.tags.filter(([name]) => name === 'record' || name === 'rr')
}

export async function canonicalEvent(bench: Bench, host = '@'): Promise<Event | undefined> {
  const events = await bench.at(bench.relays.urls[0] ?? '', canonical)
  return events.find((event) => event.tags.some(([, value]) => value === `dns:${host}`))
}

/** The relay that other programs of the user write to, given an event of theirs. */
export async function plant(
  bench: Bench,
  event: Event,
  url = bench.relays.urls[0] ?? '',
): Promise<void> {
  const [outcome] = await bench.relays.publish(event, { urls: [url], signal: bench.signal })
  expect(outcome).toMatchObject({ outcome: 'ok' })
}

/** Moves the clock on, step by step, until the relay at `url` has a canonical event. */
export async function passTimeUntil(bench: Bench, url: string): Promise<void> {
  await expect
    .poll(() => {
      bench.clock.advance(15_000)
      return bench.at(url, canonical)
    })
    .toHaveLength(1)
}

export const record = (name: string, type: string, rdata: string, ttl = 300): ZoneRecord => ({
  name,
  type,
  ttl,
  rdata,
})
