import { describeServed } from '../x509/fingerprints.ts'
import type { ServedCertificate } from '../pin-policy.ts'

/** Certificates remembered: servers show the same one on every connection. */
const capacity = 256
/** Bytes. Larger ones are no ordinary certificates, and 256 of them would be megabytes. */
const longestRemembered = 16 * 1024

/** Reads certificates, each only once while it is in use. */
export function createServedCertificates(): (der: Buffer) => ServedCertificate {
  const known = new Map<string, ServedCertificate>()
  return (der) => {
    if (der.length > longestRemembered) return describeServed(der)
    const key = der.toString('latin1')
    const held = known.get(key) ?? describeServed(der)
    known.delete(key)
    known.set(key, held)
    const [oldest] = known.keys()
    if (known.size > capacity && oldest !== undefined) known.delete(oldest)
    return held
  }
}
