import { text } from '../../text/catalogue.ts'
import type { RowRules } from '../records/record-rows.ts'

const words = text.publish.editor

/** Why `host` cannot be used for new records, or undefined. */
export function hostError(host: string, taken: readonly string[]): string | undefined {
  if (!/^(@|[a-z0-9_*-]+(\.[a-z0-9_-]+)*)$/u.test(host)) return words.hostRule
  return taken.includes(host) ? words.hostTaken : undefined
}

/** Records of one host: it, and names below it. */
export function hostRules(host: string): RowRules {
  return {
    defaultName: host,
    ttl: { min: 30, max: 3600 },
    nameError: (name) =>
      host === '@' || name === host || name.endsWith(`.${host}`) ? undefined : words.nameRule(host),
  }
}
