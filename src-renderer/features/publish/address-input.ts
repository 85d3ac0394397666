import type { AddressReport } from '../../../src-preload/contract/model.ts'

type AddressSighting = AddressReport['sightings'][number]

const v4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/u

/** Whether `text` is an IP address, well enough to catch typing errors; the engine decides. */
export function looksLikeAddress(text: string): boolean {
  if (v4.test(text)) return true
  return text.includes(':') && URL.canParse(`http://[${text}]/`)
}

/** Splits what was typed into addresses and the parts that are none. */
export function parseAddresses(text: string): {
  readonly addresses: readonly string[]
  readonly bad: readonly string[]
} {
  const parts = text.split(/[\s,;]+/u).filter(Boolean)
  return {
    addresses: parts.filter(looksLikeAddress),
    bad: parts.filter((part) => !looksLikeAddress(part)),
  }
}

export type Verdict = 'agrees' | 'differs' | 'failed'

/** How one sighting compares with the address the report settled on. */
export function verdictOf(sighting: AddressSighting, report: AddressReport): Verdict {
  if (sighting.address === undefined) return 'failed'
  return sighting.address === settled(report, sighting.family) ? 'agrees' : 'differs'
}

export function settled(report: AddressReport, family: 4 | 6): string | undefined {
  return family === 4 ? report.v4 : report.v6
}

/** How many sources name the address the report settled on. */
export function agreeing(report: AddressReport, family: 4 | 6): number {
  return report.sightings.filter(
    (sighting) => sighting.family === family && verdictOf(sighting, report) === 'agrees',
  ).length
}
