import type { CertificateEntry } from '../../src-preload/contract/model.ts'
import type { Notice } from './notices.ts'

/** More than these within ten minutes are told in one notice, and then no more. */
const toldOneByOne = 3
const quietMs = 600_000
const longestName = 40

/**
 * Watches the table of certificates for servers that begin to show one their owner does not vouch
 * for. Each is told once, until it was in another state. What was wrong at start is no news. Any page
 * can make a browser ask hundreds of such servers, which must not become hundreds of notices.
 */
export function createCertificateWatch(
  nowMs: () => number,
): (entries: readonly CertificateEntry[]) => readonly Notice[] {
  /** When notices were shown lately; one more than told one by one after the one about many. */
  let shownAtMs: readonly number[] = []
  let known: ReadonlyMap<string, CertificateEntry['state']> | undefined
  let seen: readonly CertificateEntry[] | undefined

  return (entries) => {
    // The slice is replaced only when it changes.
    if (entries === seen) return []
    seen = entries
    const before = known
    known = new Map(entries.map(({ id, state }) => [id, state]))
    if (before === undefined) return []
    const turned = entries.filter(
      ({ id, state }) => state === 'mismatch' && before.get(id) !== 'mismatch',
    )
    if (turned.length === 0) return []
    const now = nowMs()
    shownAtMs = shownAtMs.filter((at) => Math.abs(now - at) < quietMs)
    if (shownAtMs.length > toldOneByOne) return []
    const isMany = shownAtMs.length + turned.length > toldOneByOne
    const count = isMany ? toldOneByOne + 1 - shownAtMs.length : turned.length
    shownAtMs = [...shownAtMs, ...Array.from({ length: count }, () => now)]
    return isMany ? [noticeOfMany] : turned.map(noticeOf)
  }
}

const noticeOfMany: Notice = {
  title: 'Wrong certificates',
  body: 'Several servers show certificates that their owners do not vouch for. They may be impostors, so their pages are blocked. The Certificates screen lists them.',
}

function noticeOf({ domain }: CertificateEntry): Notice {
  return {
    title: 'Wrong certificate',
    body: `${shortened(domain)} shows a certificate that its owner does not vouch for. It may be an impostor, so its pages are blocked.`,
  }
}

/** Both ends of a long name: that is what people compare. */
function shortened(name: string): string {
  if (name.length <= longestName) return name
  return `${name.slice(0, longestName - 16)}…${name.slice(-15)}`
}
