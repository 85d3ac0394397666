import type {
  CertificateEntry,
  OwnCertificateView,
} from '../../../../src-preload/contract/model.ts'

/**
 * A server to try a browser with: the user's own when it is published, else the one that matched
 * last. Its domain name; undefined when none is known.
 */
export function testDomain(
  certificates: readonly CertificateEntry[],
  own: readonly OwnCertificateView[],
): string | undefined {
  const mine = own.find(({ role, isPublished }) => role === 'current' && isPublished)?.names[0]
  if (mine !== undefined) return mine
  const [latest] = certificates
    .filter(({ state, port }) => state === 'match' && port === 443)
    .toSorted((a, b) => b.lastCheckedMs - a.lastCheckedMs)
  return latest?.domain
}
