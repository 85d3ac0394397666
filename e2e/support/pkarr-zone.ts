import type { SignedPacket } from '../../src-main/systems/pkarr/carrier.ts'
import type { TestKey } from '../../src-main/systems/pkarr/testing/test-keys.ts'
import { buildPayload } from '../../src-main/systems/pkarr/zone-packet.ts'
import { readRecords } from '../../src-main/systems/pkarr/zone-text.ts'

/** A zone with `address` at the key itself, signed with `signer` at `atMs` (Unix milliseconds). */
export function addressZone(signer: TestKey, atMs: number, address: string): SignedPacket {
  const records = readRecords(signer.key, [{ name: '@', type: 'A', ttl: 300, rdata: address }])
  if (!records.ok) throw new Error(records.error.message)
  const payload = buildPayload(signer.key, records.value)
  if (!payload.ok) throw new Error(payload.error.message)
  return signer.packet(BigInt(atMs) * 1000n, payload.value)
}
