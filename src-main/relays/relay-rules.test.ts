import type { LookupAddress } from 'node:dns'
import { describe, expect, it } from 'vitest'
import { everyoneRules, fetchEndMs, lookupRules, type FetchProgress } from './fetch-rules.ts'
import { liveRequests } from './live-filters.ts'
import { publicLookup } from './public-lookup.ts'
import { idleLink, nextLink, type Link, type LinkInput } from './relay-link.ts'
import { writeRelays } from './relay-list.ts'
import { isPublicAddress, readRelayUrl, type RelayOrigin } from './relay-url.ts'
import { testAuthor, testNow } from './testing/signed-events.ts'

const alice = testAuthor('alice')

describe('relay addresses', () => {
  const npub = 'npub1ah5dgpchytuy6tpcwt7mp09mf0kd68kaej80r3wy2txjsaxsz68se4s0nz'
  const good: readonly (readonly [string, RelayOrigin, string])[] = [
    ['wss://relay.example.com', 'outbox', 'wss://relay.example.com'],
    ['WSS://Relay.Example.COM:443/', 'outbox', 'wss://relay.example.com'],
    ['wss://relay.example.com./', 'outbox', 'wss://relay.example.com'],
    ['wss://relay.example.com:444//a//b/#x', 'hint', 'wss://relay.example.com:444/a/b'],
    ['wss://relay.example.com/?k=v', 'default', 'wss://relay.example.com/?k=v'],
    ['wss://198.51.100.1', 'user', 'wss://198.51.100.1'],
    ['wss://8.8.8.8', 'outbox', 'wss://8.8.8.8'],
    ['wss://[2606:4700::1111]:8443', 'outbox', 'wss://[2606:4700::1111]:8443'],
    ['wss://bücher.example', 'outbox', 'wss://xn--bcher-kva.example'],
    ['ws://127.0.0.1:7447', 'user', 'ws://127.0.0.1:7447'],
    ['ws://localhost', 'default', 'ws://localhost'],
    ['ws://[::1]:7447/', 'embedded', 'ws://[::1]:7447'],
    ['wss://192.168.1.2', 'user', 'wss://192.168.1.2'],
    ['wss://nas.local', 'user', 'wss://nas.local'],
  ]
  it.each(good)('%s (%s)', (text, origin, url) => {
    expect(readRelayUrl(text, origin)).toEqual({ ok: true, value: url })
  })

  const bad: readonly (readonly [string, RelayOrigin, string])[] = [
    ['', 'user', 'relay.bad-url'],
    ['relay.example.com', 'user', 'relay.bad-url'],
    ['https://relay.example.com', 'user', 'relay.bad-url'],
    ['wss://', 'user', 'relay.bad-url'],
    ['wss://user:pass@relay.example.com', 'user', 'relay.bad-url'],
    [`wss://relay.example.com/${'x'.repeat(600)}`, 'user', 'relay.bad-url'],
    ['ws://relay.example.com', 'user', 'relay.insecure-url'],
    ['ws://192.168.1.2', 'user', 'relay.insecure-url'],
    ['ws://127.0.0.1', 'outbox', 'relay.insecure-url'],
    ['wss://127.0.0.1', 'outbox', 'relay.private-address'],
    ['wss://2130706433', 'hint', 'relay.private-address'],
    ['wss://0x7f.1', 'hint', 'relay.private-address'],
    ['wss://192.168.1.2', 'hint', 'relay.private-address'],
    ['wss://169.254.169.254', 'outbox', 'relay.private-address'],
    ['wss://[::ffff:10.0.0.1]', 'outbox', 'relay.private-address'],
    ['wss://[fd00::1]', 'outbox', 'relay.private-address'],
    ['wss://localhost', 'outbox', 'relay.private-address'],
    ['wss://router', 'outbox', 'relay.private-address'],
    ['wss://nas.local', 'outbox', 'relay.private-address'],
    [`wss://${npub}.nostr`, 'user', 'relay.managed-name'],
    ['wss://relay.alice.nostr.', 'user', 'relay.managed-name'],
    [`wss://${npub}.local`, 'user', 'relay.managed-name'],
    [`wss://relay.${'y'.repeat(52)}`, 'user', 'relay.managed-name'],
  ]
  it.each(bad)('%s (%s) is refused', (text, origin, code) => {
    expect(readRelayUrl(text, origin)).toMatchObject({ ok: false, error: { code } })
  })

  it.each([
    ['8.8.8.8', true],
    ['10.1.2.3', false],
    ['100.64.0.1', false],
    ['169.254.169.254', false],
    ['224.0.0.1', false],
    ['::ffff:192.168.0.1', false],
    ['::ffff:8.8.8.8', true],
    ['64:ff9b::808:808', true],
    ['64:ff9b::a00:1', false],
    ['2002:a00:1::', false],
    ['fe80::1', false],
    ['::', false],
    ['nonsense', false],
  ])('%s is public: %s', (address, expected) => {
    expect(isPublicAddress(address)).toBe(expected)
  })
})

describe('public look-up', () => {
  const answers = (...addresses: string[]) =>
    publicLookup(() =>
      Promise.resolve(
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      ),
    )
  const ask = (lookup: ReturnType<typeof answers>, all: boolean) =>
    new Promise<string | LookupAddress[]>((resolve, reject) => {
      lookup('relay.example', { all }, (error, address) => {
        if (error === null) resolve(address)
        else reject(error)
      })
    })

  it('leaves out private addresses', async () => {
    const lookup = answers('10.0.0.1', '8.8.8.8', '::1')
    expect(await ask(lookup, true)).toEqual([{ address: '8.8.8.8', family: 4 }])
    expect(await ask(lookup, false)).toBe('8.8.8.8')
  })

  it('fails when nothing is left, or nothing was found', async () => {
    await expect(ask(answers('127.0.0.1'), false)).rejects.toThrow('no public address')
    const failing = publicLookup(() => Promise.reject(new Error('ENOTFOUND')))
    await expect(ask(failing, true)).rejects.toThrow('ENOTFOUND')
  })
})

describe('when a look-up ends', () => {
  const progress = (changes: Partial<FetchProgress>): FetchProgress => ({
    startedMs: 1_000,
    decisiveAtMs: undefined,
    eoseTimesMs: [],
    isComplete: false,
    ...changes,
  })
  it.each([
    ['nothing yet: the hard stop', {}, 3_500],
    ['decisive event: 300 ms later', { decisiveAtMs: 1_200 }, 1_500],
    ['one EOSE is not enough', { eoseTimesMs: [1_100] }, 3_500],
    ['two EOSEs: 400 ms later', { eoseTimesMs: [1_100, 1_300] }, 1_700],
    ['a third EOSE does not prolong', { eoseTimesMs: [1_100, 1_300, 1_600] }, 1_700],
    ['the earlier of both', { decisiveAtMs: 1_500, eoseTimesMs: [1_100, 1_200] }, 1_600],
    ['late: never beyond the hard stop', { decisiveAtMs: 3_400 }, 3_500],
    ['all done: now', { isComplete: true }, 1_000],
  ])('%s', (_, changes, endMs) => {
    expect(fetchEndMs(progress(changes), lookupRules)).toBe(endMs)
  })

  it('guards wait for everyone, up to 5 s', () => {
    const changes = { decisiveAtMs: 1_100, eoseTimesMs: [1_100, 1_200, 1_300] }
    expect(fetchEndMs(progress(changes), everyoneRules)).toBe(6_000)
    expect(fetchEndMs(progress({ isComplete: true }), everyoneRules)).toBe(1_000)
  })
})

describe('link to a relay', () => {
  const run = (inputs: readonly (readonly [LinkInput, number])[], isWanted = true): Link =>
    inputs.reduce<Link>(
      (link, [input, nowMs]) => nextLink(link, input, nowMs, 0.5, isWanted),
      idleLink(0),
    )
  const cases: readonly (readonly [string, (readonly [LinkInput, number])[], Partial<Link>])[] = [
    ['starts idle', [], { state: 'idle' }],
    ['connects when wanted', [['wanted', 1]], { state: 'connecting' }],
    [
      'is connected',
      [
        ['wanted', 1],
        ['opened', 2],
      ],
      { state: 'connected', sinceMs: 2 },
    ],
    ['a late opening changes nothing', [['opened', 2]], { state: 'idle' }],
    [
      'rests when not wanted',
      [
        ['wanted', 1],
        ['opened', 2],
        ['unwanted', 3],
      ],
      { state: 'idle' },
    ],
    [
      'waits 1 s after a failure',
      [
        ['wanted', 0],
        ['lost', 10],
      ],
      { state: 'waiting', retryAtMs: 1_010 },
    ],
    [
      'waits longer each time',
      [
        ['wanted', 0],
        ['lost', 0],
        ['retry', 1_000],
        ['lost', 1_000],
      ],
      { failures: 2, retryAtMs: 3_000 },
    ],
    [
      'does not retry early',
      [
        ['wanted', 0],
        ['lost', 0],
        ['retry', 999],
      ],
      { state: 'waiting' },
    ],
    [
      'a new request shortens the wait',
      [
        ['wanted', 0],
        ['lost', 0],
        ['retry', 1_000],
        ['lost', 1_000],
        ['wanted', 3_000],
      ],
      { state: 'connecting' },
    ],
    [
      'but attempts stay two seconds apart',
      [
        ['wanted', 0],
        ['lost', 0],
        ['retry', 1_000],
        ['lost', 1_000],
        ['wanted', 2_999],
      ],
      { state: 'waiting' },
    ],
    [
      'a connection that held starts counting anew',
      [
        ['wanted', 0],
        ['lost', 0],
        ['retry', 1_000],
        ['opened', 1_000],
        ['lost', 31_000],
      ],
      { failures: 1 },
    ],
    [
      'one that did not goes on counting',
      [
        ['wanted', 0],
        ['lost', 0],
        ['retry', 1_000],
        ['opened', 1_000],
        ['lost', 2_000],
      ],
      { failures: 2 },
    ],
    [
      'misbehaviour costs five minutes, and asking does not help',
      [
        ['wanted', 0],
        ['opened', 0],
        ['misbehaved', 0],
        ['wanted', 200_000],
      ],
      { state: 'waiting', isPenalty: true, retryAtMs: 300_000 },
    ],
    [
      'and ten the next time',
      [
        ['wanted', 0],
        ['opened', 0],
        ['misbehaved', 0],
        ['retry', 300_000],
        ['misbehaved', 300_000],
      ],
      { offences: 2, retryAtMs: 900_000 },
    ],
  ]
  it.each(cases)('%s', (_, inputs, expected) => {
    expect(run(inputs)).toMatchObject(expected)
  })

  it('never waits longer than five minutes (one hour after misbehaviour), plus jitter', () => {
    const link: Link = { ...idleLink(0), state: 'connected', failures: 500, offences: 500 }
    expect(nextLink(link, 'lost', 0, 1, true).retryAtMs).toBe(450_000)
    expect(nextLink(link, 'misbehaved', 0, 1, true).retryAtMs).toBe(5_400_000)
  })

  it('rests after the wait when nobody wants it any more', () => {
    expect(
      run(
        [
          ['wanted', 0],
          ['lost', 0],
          ['retry', 1_000],
        ],
        false,
      ).state,
    ).toBe('idle')
  })
})

describe('relay list (NIP-65)', () => {
  it('takes usable write relays, at most four, in order', () => {
    const tags = [
      ['r', 'wss://read.example', 'read'],
      ['r', 'wss://Both.example/'],
      ['r', 'wss://both.example', 'write'],
      ['r', 'ws://127.0.0.1:7447'],
      ['r'],
      ['e', 'wss://other.example'],
      ['r', 'wss://write.example', 'write'],
      ['r', 'wss://odd.example', 'both'],
      ['r', 'wss://three.example', ''],
      ['r', 'wss://four.example'],
      ['r', 'wss://five.example'],
    ]
    expect(writeRelays(alice.sign({ kind: 10_002, tags }))).toEqual([
      'wss://both.example',
      'wss://write.example',
      'wss://three.example',
      'wss://four.example',
    ])
  })
})

describe('live filters', () => {
  const zones = [{ kinds: [31_111] }]
  it('joins owners of equal filters and tells the new from the known', () => {
    const owners = [
      { owner: 'a', filters: zones, syncedAt: testNow },
      { owner: 'b', filters: [...zones, { kinds: [30_000], limit: 20 }], syncedAt: undefined },
      { owner: 'c', filters: zones, syncedAt: testNow - 10 },
    ]
    expect(liveRequests(owners)).toEqual([
      [
        { kinds: [31_111], authors: ['a', 'c'], since: testNow - 910 },
        { kinds: [31_111], authors: ['b'] },
        { kinds: [30_000], authors: ['b'] },
      ],
    ])
  })

  it('joins deletions by the addresses they may name', () => {
    const owners = ['a', 'b'].map((owner) => {
      const filters = [{ kinds: [5], '#a': [`31111:${owner}:x`, `11111:${owner}:`] }]
      return { owner, filters, syncedAt: undefined }
    })
    expect(liveRequests(owners)).toEqual([
      [
        {
          kinds: [5],
          authors: ['a', 'b'],
          '#a': ['31111:a:x', '11111:a:', '31111:b:x', '11111:b:'],
        },
      ],
    ])
  })

  it.each([
    ['in sync', testNow, 200, [10, 3]],
    ['not in sync', undefined, 50, [10, 10, 10, 10, 10]],
  ])('stays within what relays commonly allow: %s', (_, syncedAt, size, counts) => {
    const owners = Array.from({ length: 2_500 }, (__, index) => {
      return { owner: String(index), filters: zones, syncedAt }
    })
    const requests = liveRequests(owners)
    expect(requests.map((filters) => filters.length)).toEqual(counts)
    for (const filter of requests.flat()) expect(filter.authors?.length).toBeLessThanOrEqual(size)
    expect(new Set(requests.flat().flatMap((filter) => filter.authors)).size).toBe(2_500)
    expect(liveRequests([])).toEqual([])
  })
})
