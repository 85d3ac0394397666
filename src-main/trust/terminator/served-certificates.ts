import { describeServed } from '../x509/fingerprints.ts'
import type { ServedCertificate } from '../pin-policy.ts'

/** Certificates remembered: servers show the same one on every connection. */
const capacity = 256

/** Reads certificates, each only once while it is in use. */
export function createServedCertificates(): (der: Buffer) => ServedCertificate {
  const known = new Map<string, ServedCertificate>()
  return (der) => {
    const key = der.toString('latin1')
    const held = known.get(key) ?? describeServed(der)
    known.delete(key)
    known.set(key, held)
    const [oldest] = known.keys()
    if (known.size > capacity && oldest !== undefined) known.delete(oldest)
    return held
  }
}
