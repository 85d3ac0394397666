import { expect, test } from 'vitest'
import type { PkarrEndpointView } from '../../../src-preload/contract/pkarr-model.ts'
import type { Rdata, SvcParam } from '../../dns/wire/message.ts'
import { systemRandom } from '../../env/system-env.ts'
import { type EndpointDeps, findEndpoints } from './endpoints.ts'
import { testKey } from './testing/test-keys.ts'
import { buildPayload, recordsOfPacket, type ZoneRecord } from './zone-packet.ts'

const keys = Array.from({ length: 12 }, (_, index) => testKey(index + 20))
const [alice = testKey(1), bob = testKey(2), carol = testKey(3)] = keys

const record = (name: string, rdata: Rdata): ZoneRecord => ({ name, ttl: 300, rdata })
const a = (name: string, address: string): ZoneRecord => record(name, { type: 'A', address })
const https = (
  name: string,
  priority: number,
  target: string,
  params: readonly SvcParam[] = [],
): ZoneRecord => record(name, { type: 'HTTPS', priority, target, params })
const port = (number: number): SvcParam => ({
  key: 3,
  value: Uint8Array.of(number >> 8, number & 0xff),
})
const hint4 = (...octets: number[]): SvcParam => ({ key: 4, value: Uint8Array.from(octets) })

interface World {
  readonly zones: ReadonlyMap<string, readonly ZoneRecord[]>
  readonly hosts?: Readonly<Record<string, readonly string[]>>
  readonly allowed?: string
}

async function search(
  name: string,
  { zones, hosts = {}, allowed }: World,
  options: { type?: 'HTTPS' | 'SVCB'; most?: number } = {},
) {
  const asked: string[] = []
  const deps: EndpointDeps = {
    resolveZone(key) {
      asked.push(key)
      const owner = keys.find((candidate) => candidate.key === key)
      const payload = buildPayload(key, zones.get(key) ?? [])
      if (owner === undefined || !payload.ok || !zones.has(key)) return Promise.resolve(undefined)
      return Promise.resolve(recordsOfPacket(owner.packet(1n, payload.value)))
    },
    addressesOf(host) {
      asked.push(host)
      const found = hosts[host]
      return found === undefined
        ? Promise.reject(new Error('no such host'))
        : Promise.resolve(found)
    },
    allowsPrivate: (key) => key === allowed,
    random: systemRandom,
  }
  const found: PkarrEndpointView[] = []
  const { type = 'HTTPS', most = 100 } = options
  for await (const endpoint of findEndpoints(deps, {
    name,
    type,
    signal: new AbortController().signal,
  })) {
    found.push(endpoint)
    if (found.length === most) break
  }
  return { found, asked }
}

const zone = (...zones: readonly [string, readonly ZoneRecord[]][]): World => ({
  zones: new Map(zones),
})
const host = (name: string, address: string, at = 443): PkarrEndpointView => ({
  target: name,
  port: at,
  addresses: [address],
})
const self = (owner: { key: string }, address: string, at = 443): PkarrEndpointView => ({
  ...host(owner.key, address, at),
  key: owner.key,
})

test('"." is the key itself, at the addresses of the apex and the port of the record', async () => {
  const world = zone([
    alice.key,
    [https('www', 1, '.', [port(8443)]), a('@', '203.0.113.1'), a('www', '203.0.113.2')],
  ])
  for (const suffix of ['', '.pkarr', '.key', '.']) {
    const { found } = await search(`WWW.${alice.key}${suffix}`, world)
    expect(found).toEqual([self(alice, '203.0.113.1', 8443)])
  }
})

test('without addresses of the apex those of the owner name serve, then the hints', async () => {
  const record1 = https('www', 1, '.', [hint4(203, 0, 113, 9)])
  const owner = zone([alice.key, [record1, a('www', '203.0.113.2')]])
  expect((await search(`www.${alice.key}`, owner)).found).toEqual([self(alice, '203.0.113.2')])
  const hinted = zone([alice.key, [record1]])
  expect((await search(`www.${alice.key}`, hinted)).found).toEqual([self(alice, '203.0.113.9')])
})

test('a key as target is followed, and answers for itself', async () => {
  const world = zone(
    [alice.key, [https('_pubky', 0, bob.key, [port(1)])]],
    [bob.key, [https('@', 1, '.', [port(6287)]), a('@', '203.0.113.3')]],
  )
  const { found } = await search(`_pubky.${alice.key}`, world)
  expect(found).toEqual([self(bob, '203.0.113.3', 6287)])
})

test('a key as target with addresses only is reached at the port of the record', async () => {
  const world = zone(
    [alice.key, [https('@', 1, `node.${bob.key}`, [port(8080)])]],
    [bob.key, [a('node', '203.0.113.4')]],
  )
  const { found } = await search(alice.key, world)
  expect(found).toEqual([
    { target: `node.${bob.key}`, port: 8080, addresses: ['203.0.113.4'], key: bob.key },
  ])
})

test('an ordinary name as target is looked up', async () => {
  const world = {
    ...zone([alice.key, [https('@', 1, 'Example.com', [port(8443)])]]),
    hosts: { 'Example.com': ['203.0.113.5', '2001:db9::1'] },
  }
  const { found } = await search(alice.key, world)
  expect(found).toEqual([
    { target: 'example.com', port: 8443, addresses: ['203.0.113.5', '2001:db9::1'] },
  ])
})

test('hints serve when an ordinary name cannot be looked up', async () => {
  const v6 = new Uint8Array(16).fill(0x22)
  const hints = [hint4(203, 0, 113, 6, 203, 0, 113, 7), { key: 6, value: v6 }]
  const { found } = await search(
    alice.key,
    zone([alice.key, [https('@', 1, 'gone.example', hints)]]),
  )
  expect(found[0]?.addresses).toEqual([
    '203.0.113.6',
    '203.0.113.7',
    '2222:2222:2222:2222:2222:2222:2222:2222',
  ])
})

test('ascending priority decides, and dead records are passed over', async () => {
  const world = {
    ...zone(
      [
        alice.key,
        [
          https('@', 5, 'last.example'),
          https('@', 1, bob.key), // no packet
          https('@', 2, carol.key), // a packet without endpoints
          https('@', 3, 'gone.example'),
          https('@', 4, 'first.example'),
        ],
      ],
      [carol.key, [https('other', 1, '.')]],
    ),
    hosts: { 'first.example': ['203.0.113.1'], 'last.example': ['203.0.113.2'] },
  }
  const { found } = await search(alice.key, world)
  expect(found).toEqual([host('first.example', '203.0.113.1'), host('last.example', '203.0.113.2')])
  const first = await search(alice.key, world, { most: 1 })
  expect(first.found).toEqual([host('first.example', '203.0.113.1')])
  expect(first.asked).not.toContain('last.example')
})

test('records of one priority are taken in random order', async () => {
  const world = {
    ...zone([alice.key, [https('@', 1, 'a.example'), https('@', 1, 'b.example')]]),
    hosts: { 'a.example': ['203.0.113.1'], 'b.example': ['203.0.113.2'] },
  }
  const firsts = new Set<string | undefined>()
  for (let round = 0; round < 100; round += 1) {
    firsts.add((await search(alice.key, world, { most: 1 })).found[0]?.target)
  }
  expect(firsts).toEqual(new Set(['a.example', 'b.example']))
})

test('loops end, and what lies beside them is found', async () => {
  const world = zone(
    [alice.key, [https('@', 1, bob.key), https('@', 2, alice.key)]],
    [bob.key, [https('@', 1, alice.key), https('@', 2, '.'), a('@', '203.0.113.8')]],
  )
  const { found, asked } = await search(alice.key, world)
  expect(found).toEqual([self(bob, '203.0.113.8')])
  expect(asked).toEqual([alice.key, bob.key])
})

test.each([
  [7, 1],
  [8, 0],
])('%i keys on the way: %i endpoints', async (hops, count) => {
  const chain = keys.slice(0, hops + 1)
  const world = zone(
    ...chain.map(({ key }, index): [string, readonly ZoneRecord[]] => {
      const next = chain[index + 1]
      return next === undefined
        ? [key, [https('@', 1, '.'), a('@', '203.0.113.1')]]
        : [key, [https('@', 1, next.key)]]
    }),
  )
  expect((await search(alice.key, world)).found).toHaveLength(count)
})

test('a chain that is too deep does not end the search', async () => {
  const chain = keys.slice(0, 9)
  const world = zone(
    ...chain.map(({ key }, index): [string, readonly ZoneRecord[]] => {
      const next = chain[index + 1]
      return [
        key,
        next === undefined
          ? []
          : [https('@', 1, next.key), https('@', 2, '.'), a('@', `203.0.113.${index}`)],
      ]
    }),
  )
  const { found } = await search(alice.key, world)
  expect(found.map(({ key }) => key)).toEqual(
    chain
      .slice(0, 8)
      .toReversed()
      .map(({ key }) => key),
  )
})

test('a net of keys without a way out ends the search soon', async () => {
  const nets = keys.slice(0, 7).map((key, index): [string, readonly ZoneRecord[]] => {
    const next = keys[index + 1]?.key ?? ''
    return [key.key, Array.from({ length: 9 }, (_, n) => https('*', 1, `n${n}.${next}`))]
  })
  const [first] = keys
  const { found, asked } = await search(`x.${first?.key}`, zone(...nets))
  expect(found).toEqual([])
  expect(asked.length).toBeLessThanOrEqual(40)
})

test('CNAME is ignored, wildcards count, other names do not', async () => {
  const world = zone([
    alice.key,
    [
      record('www', { type: 'CNAME', target: 'example.com' }),
      https('*', 1, '.'),
      a('@', '203.0.113.1'),
    ],
  ])
  expect((await search(`www.${alice.key}`, world)).found).toEqual([])
  expect((await search(`any.${alice.key}`, world)).found).toEqual([self(alice, '203.0.113.1')])
  expect((await search(alice.key, world)).found).toEqual([])
})

test('SVCB records are another question', async () => {
  const svcb = record('_foo', { type: 'SVCB', priority: 1, target: '.', params: [port(99)] })
  const world = zone([alice.key, [svcb, a('@', '203.0.113.1')]])
  expect((await search(`_foo.${alice.key}`, world)).found).toEqual([])
  const { found } = await search(`_foo.${alice.key}`, world, { type: 'SVCB' })
  expect(found).toEqual([self(alice, '203.0.113.1', 99)])
})

test('private addresses are used only for keys that may have them', async () => {
  const world: World = {
    ...zone([
      alice.key,
      [
        https('@', 1, '.', [hint4(192, 168, 0, 1)]),
        https('@', 2, 'lan.example'),
        a('@', '10.0.0.1'),
      ],
    ]),
    hosts: { 'lan.example': ['127.0.0.1', '203.0.113.1'] },
  }
  expect((await search(alice.key, world)).found).toEqual([host('lan.example', '203.0.113.1')])
  const { found } = await search(alice.key, { ...world, allowed: alice.key })
  expect(found.map(({ addresses }) => addresses)).toEqual([
    ['10.0.0.1'],
    ['127.0.0.1', '203.0.113.1'],
  ])
})

test.each(['localhost', 'host.local', 'x.onion', `${'a'.repeat(52)}`])(
  'the target %s is nobody to ask',
  async (target) => {
    const { found, asked } = await search(alice.key, zone([alice.key, [https('@', 1, target)]]))
    expect(found).toEqual([])
    expect(asked).toEqual([alice.key])
  },
)

test('a record that insists on something unknown is passed over', async () => {
  const mandatory = (key: number): SvcParam => ({ key: 0, value: Uint8Array.of(0, key) })
  const insisting = (key: number): World =>
    zone([
      alice.key,
      [
        https('@', 1, '.', [mandatory(key), { key, value: Uint8Array.of(1, 0xbb) }]),
        a('@', '203.0.113.1'),
      ],
    ])
  expect((await search(alice.key, insisting(7))).found).toEqual([])
  expect((await search(alice.key, insisting(3))).found).toHaveLength(1)
})

test.each(['example.com', 'pkarr', '', `${alice.key}.example`])(
  '%j has no endpoints',
  async (name) => {
    const { found, asked } = await search(name, zone())
    expect([found, asked]).toEqual([[], []])
  },
)
