import type { CertificateEntry } from '../../src-preload/contract/model.ts'
import type { Notice } from './notices.ts'

/** More at once are told in one notice. */
const toldOneByOne = 3
const longestName = 40

/**
 * Watches the table of certificates for servers that begin to show one their owner does not vouch
 * for. Each is told once, until it was in another state. What was wrong at start is no news.
 */
export function createCertificateWatch(): (
  entries: readonly CertificateEntry[],
) => readonly Notice[] {
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
    if (turned.length <= toldOneByOne) return turned.map(noticeOf)
    return [
      {
        title: 'Wrong certificates',
        body: `${turned.length} servers show certificates that their owners do not vouch for. They may be impostors, so their pages are blocked.`,
      },
    ]
  }
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
