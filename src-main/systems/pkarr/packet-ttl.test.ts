import { expect, test } from 'vitest'
import { packetTtl } from './packet-ttl.ts'
import { testKey } from './testing/test-keys.ts'
import { buildPayload } from './zone-packet.ts'

const owner = testKey(1)

function packetWith(...ttls: number[]) {
  const records = ttls.map((ttl) => ({
    name: '@',
    ttl,
    rdata: { type: 'A', address: '192.0.2.1' } as const,
  }))
  const payload = buildPayload(owner.key, records)
  if (!payload.ok) throw new Error(payload.error.message)
  return owner.packet(1n, payload.value)
}

test.each([
  [[], 300, 86_400, 300],
  [[10], 0, 86_400, 10],
  [[10], 30, 86_400, 30],
  [[900, 600], 300, 86_400, 600],
  [[100_000], 300, 86_400, 86_400],
])('records of %j s, kept %i to %i s: fresh for %i s', (ttls, minTtl, maxTtl, expected) => {
  expect(packetTtl(packetWith(...ttls), { minTtl, maxTtl })).toBe(expected)
})
