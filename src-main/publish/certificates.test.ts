import { describe, expect, test } from 'vitest'
import { encodeNpub } from '../names/npub.ts'
import { readEvent } from '../systems/nostr/read-event.ts'
import type { CertificateToPublish, PublishReport } from './publisher.ts'
import { makeCertificate } from './testing/test-certificates.ts'
import { startBench, type Bench } from './testing/publish-bench.ts'
import {
  canonicalEvent,
  codeOf,
  copyOf,
  plant,
  published,
  record,
  valueOf,
} from './testing/publish-checks.ts'
import { ask } from './testing/socket-relays.ts'
import { startSeconds } from './testing/test-keyring.ts'

const ports = [443]

const tlsa = ({ spkiSha256 }: CertificateToPublish, service = '_443._tcp'): string[] => [
  'rr',
  'TLSA',
  service,
  '300',
  `3 1 1 ${spkiSha256}`,
]
const address = ['record', 'A', '@', '300', '203.0.113.10']

function publishCertificates(
  { publisher, pubkey, signal }: Bench,
  certificates: readonly CertificateToPublish[],
  options: { host?: string; ports?: number[]; includeDer?: boolean; revoke?: boolean } = {},
) {
  const { host = '@', ...rest } = options
  return publisher.publishCertificate(pubkey, host, certificates, { ports, signal, ...rest })
}

async function startPublished(): Promise<Bench> {
  const bench = await startBench()
  const { publisher, pubkey, signal } = bench
  valueOf(await publisher.publishAddress(pubkey, { signal }))
  return bench
}

/** What the proof of concept would take for the certificate at the first relay. */
async function pocCertificate(bench: Bench): Promise<string | undefined> {
  const query = { authors: [bench.pubkey], kinds: [30_001], limit: 1 }
  const { events } = await ask(bench.relays.urls[0] ?? '', ['REQ', 'poc', query])
  return events[0]?.content
}

describe('pins in the canonical event', () => {
  test('stand beside the address, and readers find them', async () => {
    const bench = await startPublished()
    const certificate = await makeCertificate(bench.pubkey)
    const report = valueOf(
      await publishCertificates(bench, [certificate], { ports: [443, 4443], includeDer: true }),
    )
    expect(report.state).toBe('published')
    expect(report.notices).toBeUndefined()
    expect(await published(bench)).toEqual([
      address,
      tlsa(certificate),
      tlsa(certificate, '_4443._tcp'),
    ])
    const event = await canonicalEvent(bench)
    expect(event?.tags).toContainEqual(['cert', '@', certificate.der])
    const { spkiSha256, der } = certificate
    expect(event && readEvent(event, startSeconds)).toMatchObject({
      pins: [443, 4443].map((port) => ({ host: '@', port, protocol: 'tcp', spkiSha256 })),
      certificates: [der],
    })
    expect(valueOf(await publishCertificates(bench, [certificate])).state).toBe('published')
    expect((await canonicalEvent(bench))?.tags.filter(([name]) => name === 'cert')).toHaveLength(1)
  })

  test('survive heartbeats, restarts, new addresses and edits of other records', async () => {
    const bench = await startPublished()
    const { publisher, pubkey, signal } = bench
    const certificate = await makeCertificate(pubkey)
    valueOf(await publishCertificates(bench, [certificate], { includeDer: true }))
    const cert = ['cert', '@', certificate.der]

    bench.address = { v4: '203.0.113.11' }
    valueOf(await publisher.publishAddress(pubkey, { signal }))
    const moved = ['record', 'A', '@', '300', '203.0.113.11']
    expect(await published(bench)).toEqual([moved, tlsa(certificate)])

    const txt = [record('@', 'TXT', '"hello"')]
    valueOf(await publisher.publishRecords(pubkey, '@', txt, { signal }))
    const text = ['record', 'TXT', '@', '300', '"hello"']
    expect(await published(bench)).toEqual([text, tlsa(certificate)])

    valueOf(await publisher.publishZone(pubkey, '@ 300 IN A 203.0.113.12', { signal }))
    expect(await published(bench)).toEqual([
      ['record', 'A', '@', '300', '203.0.113.12'],
      tlsa(certificate),
    ])

    await publisher.stop()
    bench.clock.advance(86_400_000)
    const next = await bench.restarted()
    const before = (await canonicalEvent(bench))?.id
    await next.republish(signal)
    expect((await canonicalEvent(bench))?.id).not.toBe(before)
    expect(await published(bench)).toContainEqual(tlsa(certificate))
    expect((await canonicalEvent(bench))?.tags).toContainEqual(cert)
    expect(await pocCertificate(bench)).toBe(certificate.pem)
  })

  test('of a host without an entry of its own go where readers look, and move with it', async () => {
    const bench = await startPublished()
    const { publisher, pubkey, signal } = bench
    const certificate = await makeCertificate(pubkey, { host: 'www' })
    valueOf(await publishCertificates(bench, [certificate], { host: 'www' }))
    const pin = tlsa(certificate, '_443._tcp.www')
    expect(await published(bench)).toEqual([address, pin])
    valueOf(
      await publisher.publishAddress(pubkey, { host: 'www', addresses: ['203.0.113.7'], signal }),
    )
    expect(await published(bench)).toEqual([address])
    expect(await published(bench, 'www')).toEqual([
      ['record', 'A', 'www', '300', '203.0.113.7'],
      pin,
    ])
    valueOf(
      await publisher.publishRecords(pubkey, 'www', [record('www', 'A', '203.0.113.8')], {
        signal,
      }),
    )
    expect(await published(bench, 'www')).toContainEqual(pin)
    // A certificate of a host is not the one the proof of concept looks for.
    expect(await pocCertificate(bench)).toBeUndefined()
  })

  test('survive withdrawing and its undoing', async () => {
    const bench = await startPublished()
    const { publisher, pubkey, signal } = bench
    const certificate = await makeCertificate(pubkey)
    valueOf(await publishCertificates(bench, [certificate]))
    valueOf(await publisher.withdraw(pubkey, '@', signal))
    expect(await published(bench)).toEqual([])
    expect(await pocCertificate(bench)).toBe('')
    expect(codeOf(await publishCertificates(bench, [certificate]))).toBe('publish.withdrawn')
    valueOf(await publisher.undoWithdraw(pubkey, '@', signal))
    expect(await published(bench)).toEqual([address, tlsa(certificate)])
    expect(await pocCertificate(bench)).toBe(certificate.pem)
  })

  test('dropped by another of the owner’s devices are not brought back', async () => {
    const bench = await startPublished()
    const certificate = await makeCertificate(bench.pubkey)
    valueOf(await publishCertificates(bench, [certificate]))
    const tags = [['d', 'dns:@'], address, ['ver', '1']]
    await plant(bench, bench.keyring.author(31_111, tags, '', startSeconds + 100))
    bench.clock.advance(200_000)
    await bench.publisher.republish(bench.signal)
    expect(await published(bench)).toEqual([address])
  })
})

describe('a change of keys', () => {
  const noticeOf = (report: PublishReport): string | undefined => report.notices?.[0]?.code

  test('publishes both, and then only the new one', async () => {
    const bench = await startPublished()
    const [old, next] = [await makeCertificate(bench.pubkey), await makeCertificate(bench.pubkey)]
    valueOf(await publishCertificates(bench, [old]))
    const both = valueOf(await publishCertificates(bench, [old, next]))
    expect(noticeOf(both)).toBeUndefined()
    expect(await published(bench)).toEqual([address, tlsa(old), tlsa(next)])
    bench.clock.advance(601_000)
    expect(noticeOf(valueOf(await publishCertificates(bench, [next])))).toBeUndefined()
    expect(await published(bench)).toEqual([address, tlsa(next)])
    expect(await pocCertificate(bench)).toBe(next.pem)
  })

  test('made too fast keeps the former key for a while, and then drops it', async () => {
    const bench = await startPublished()
    const [old, next] = [await makeCertificate(bench.pubkey), await makeCertificate(bench.pubkey)]
    valueOf(await publishCertificates(bench, [old]))
    expect(noticeOf(valueOf(await publishCertificates(bench, [next])))).toBe('publish.overlap')
    expect(await published(bench)).toEqual([address, tlsa(next), tlsa(old)])
    const [host] = bench.publisher.hosts()
    expect(host?.nextHeartbeatAt).toBe(startSeconds + 600)
    bench.clock.advance(601_000)
    await bench.publisher.republish(bench.signal)
    expect(await published(bench)).toEqual([address, tlsa(next)])
  })

  test('by force takes the former key away at once', async () => {
    const bench = await startPublished()
    const [old, next] = [await makeCertificate(bench.pubkey), await makeCertificate(bench.pubkey)]
    valueOf(await publishCertificates(bench, [old]))
    valueOf(await publishCertificates(bench, [next], { revoke: true }))
    expect(await published(bench)).toEqual([address, tlsa(next)])
    valueOf(await publishCertificates(bench, []))
    expect(await published(bench)).toEqual([address])
    expect(await pocCertificate(bench)).toBe('')
  })

  test('of a renewed certificate with the same key changes the certificate only', async () => {
    const bench = await startPublished()
    const first = await makeCertificate(bench.pubkey)
    const report = valueOf(await publishCertificates(bench, [first], { includeDer: true }))
    expect(copyOf(report, 'poc-30001')).toMatchObject({ state: 'published', kind: 30_001 })
    const other = [
      record('_443._tcp', 'TLSA', `2 1 1 ${'ab'.repeat(32)}`),
      record('@', 'A', '203.0.113.1'),
    ]
    valueOf(
      await bench.publisher.publishRecords(bench.pubkey, '@', other, { signal: bench.signal }),
    )
    valueOf(await publishCertificates(bench, [first]))
    expect(await published(bench)).toContainEqual([
      'rr',
      'TLSA',
      '_443._tcp',
      '300',
      `2 1 1 ${'ab'.repeat(32)}`,
    ])
    expect((await published(bench))?.filter(([, type]) => type === 'TLSA')).toHaveLength(2)
  })
})

describe('withdrawing', () => {
  const withdraw = ({ publisher, pubkey, signal }: Bench, host = '@') =>
    publisher.withdrawCertificate(pubkey, host, signal)

  test('takes the pins of every port away at once, and visitors are told that there is no TLS', async () => {
    const bench = await startPublished()
    const [old, next] = [await makeCertificate(bench.pubkey), await makeCertificate(bench.pubkey)]
    const options = { ports: [443, 4443], includeDer: true }
    valueOf(await publishCertificates(bench, [old], options))
    valueOf(await publishCertificates(bench, [next], options))
    expect(await published(bench)).toHaveLength(5)
    const before = await canonicalEvent(bench)
    const report = valueOf(await withdraw(bench))
    expect(report.state).toBe('published')
    expect(report.notices).toBeUndefined()
    expect(await published(bench)).toEqual([address])
    const event = await canonicalEvent(bench)
    expect(event?.created_at).toBeGreaterThan(before?.created_at ?? Infinity)
    expect(event?.tags.some(([name]) => name === 'cert')).toBe(false)
    expect(event && readEvent(event, startSeconds)).toMatchObject({ verdict: 'accept', pins: [] })
    expect(await pocCertificate(bench)).toBe('')
    expect(bench.publisher.hosts()).toMatchObject([{ host: '@', isWithdrawn: false }])
    // A heartbeat does not bring them back.
    bench.clock.advance(86_400_000)
    await bench.publisher.republish(bench.signal)
    expect(await published(bench)).toEqual([address])
    // The owner may begin anew.
    valueOf(await publishCertificates(bench, [next]))
    expect(await published(bench)).toEqual([address, tlsa(next)])
  })

  test('takes pins written as records too, and those of this host only', async () => {
    const bench = await startPublished()
    const { publisher, pubkey, signal } = bench
    const key = 'ab'.repeat(32)
    const authority = record('_25._tcp', 'TLSA', `2 1 1 ${key}`)
    const records = [
      record('@', 'A', '203.0.113.1'),
      record('www', 'A', '203.0.113.2'),
      record('_8443._tcp', 'TLSA', `3 1 1 ${key}`),
      authority,
    ]
    valueOf(await publisher.publishRecords(pubkey, '@', records, { signal }))
    const www = await makeCertificate(pubkey, { host: 'www' })
    valueOf(await publishCertificates(bench, [www], { host: 'www' }))
    valueOf(await withdraw(bench))
    const names = (await published(bench))?.map(([, type, name]) => `${type} ${name}`)
    expect(names).toEqual(['A @', 'A www', 'TLSA _25._tcp', 'TLSA _443._tcp.www'])
    valueOf(await withdraw(bench, 'www'))
    expect(await published(bench)).not.toContainEqual(tlsa(www, '_443._tcp.www'))
  })

  test('empties the copies, also what the owner’s other programs left there', async () => {
    const bench = await startPublished()
    const theirs = await makeCertificate(bench.pubkey)
    await plant(bench, bench.keyring.author(30_001, [], theirs.pem))
    await plant(bench, bench.keyring.author(30_003, [['d', 'nostr']], theirs.pem))
    const report = valueOf(await withdraw(bench))
    expect(await pocCertificate(bench)).toBe('')
    const [url = ''] = bench.relays.urls
    expect((await bench.at(url, 30_003)).map(({ content }) => content)).toEqual([''])
    expect(copyOf(report, 'poc-30001')?.eventId).toMatch(/^[0-9a-f]{64}$/u)
  })

  test('leaves a list of the user in that place alone', async () => {
    const bench = await startPublished()
    const list = bench.keyring.author(30_001, [['e', '9'.repeat(64)]])
    await plant(bench, list)
    const report = valueOf(await withdraw(bench))
    expect(copyOf(report, 'poc-30001')?.state).toBe('guarded')
    expect(await bench.at(bench.relays.urls[0] ?? '', 30_001)).toEqual([list])
  })

  test('is refused for what was never published, is withdrawn, or would leave nothing', async () => {
    const bench = await startBench()
    expect(codeOf(await withdraw(bench))).toBe('publish.unknown-host')
    valueOf(await publishCertificates(bench, [await makeCertificate(bench.pubkey)]))
    expect(codeOf(await withdraw(bench))).toBe('publish.no-records')
    valueOf(await bench.publisher.withdraw(bench.pubkey, '@', bench.signal))
    expect(codeOf(await withdraw(bench))).toBe('publish.withdrawn')
  })
})

describe('bad input', () => {
  test.each<
    [string, (bench: Bench) => Promise<Parameters<typeof publishCertificates>[1]>, object, string]
  >([
    [
      'a certificate for another name',
      async (b) => [await makeCertificate(b.pubkey, { names: ['example.com'] })],
      {},
      'publish.bad-certificate',
    ],
    [
      'a certificate for the apex as that of a host',
      async (b) => [await makeCertificate(b.pubkey)],
      { host: 'www' },
      'publish.bad-certificate',
    ],
    [
      'a hash of another key',
      async (b) => [{ ...(await makeCertificate(b.pubkey)), spkiSha256: 'ab'.repeat(32) }],
      {},
      'publish.bad-certificate',
    ],
    [
      'no certificate at all',
      async () => [{ der: 'AAAA', spkiSha256: 'ab'.repeat(32) }],
      {},
      'publish.bad-certificate',
    ],
    [
      'a port that is none',
      async (b) => [await makeCertificate(b.pubkey)],
      { ports: [0] },
      'publish.bad-port',
    ],
    ['no port', async (b) => [await makeCertificate(b.pubkey)], { ports: [] }, 'publish.bad-port'],
    [
      'a wildcard',
      async (b) => [await makeCertificate(b.pubkey)],
      { host: '*' },
      'publish.bad-host',
    ],
  ])('%s is refused', async (_what, make, options, code) => {
    const bench = await startPublished()
    const before = await published(bench)
    expect(codeOf(await publishCertificates(bench, await make(bench), options))).toBe(code)
    expect(await published(bench)).toEqual(before)
  })

  test('a pin that would hide a host from a wildcard is refused', async () => {
    const bench = await startPublished()
    const { publisher, pubkey, signal } = bench
    const star = [record('@', 'A', '203.0.113.1'), record('*', 'A', '203.0.113.2')]
    valueOf(await publisher.publishRecords(pubkey, '@', star, { signal }))
    const certificate = await makeCertificate(pubkey, { host: 'www' })
    const refused = await publishCertificates(bench, [certificate], { host: 'www' })
    expect(codeOf(refused)).toBe('publish.hides-wildcard')
  })

  test('taking away the only thing published is refused', async () => {
    const bench = await startBench()
    const certificate = await makeCertificate(bench.pubkey)
    valueOf(await publishCertificates(bench, [certificate]))
    expect(await published(bench)).toEqual([tlsa(certificate)])
    expect(codeOf(await publishCertificates(bench, []))).toBe('publish.no-records')
  })
})

describe('copies of the certificate', () => {
  test("the proof of concept's query finds exactly the served PEM, past the user's lists", async () => {
    const bench = await startPublished()
    const list = bench.keyring.author(
      30_001,
      [
        ['d', 'bookmark'],
        ['e', '9'.repeat(64)],
      ],
      '',
      startSeconds,
    )
    await plant(bench, list)
    const certificate = await makeCertificate(bench.pubkey)
    valueOf(await publishCertificates(bench, [certificate]))
    expect(await pocCertificate(bench)).toBe(certificate.pem)
    expect(await bench.at(bench.relays.urls[0] ?? '', 30_001)).toContainEqual(list)
  })

  test('a list of the user in the place itself is left alone and reported', async () => {
    const bench = await startPublished()
    const list = bench.keyring.author(30_001, [
      ['e', '9'.repeat(64)],
      ['e', '8'.repeat(64)],
    ])
    const [first = '', second = ''] = bench.relays.urls
    await plant(bench, list, second)
    const report = valueOf(await publishCertificates(bench, [await makeCertificate(bench.pubkey)]))
    expect(report.state).toBe('published')
    expect(copyOf(report, 'poc-30001')).toMatchObject({
      state: 'guarded',
      problem: { message: expect.stringMatching(/a list of 2 entries.*certificate/u) },
    })
    expect(await bench.at(second, 30_001)).toEqual([list])
    expect(await bench.at(first, 30_001)).toEqual([])
  })

  test('a certificate the owner published with the proof of concept is left until there is one here', async () => {
    const bench = await startBench()
    const theirs = await makeCertificate(bench.pubkey)
    const event = bench.keyring.author(30_001, [], theirs.pem)
    await plant(bench, event)
    const { publisher, pubkey, signal } = bench
    const report = valueOf(await publisher.publishAddress(pubkey, { signal }))
    expect(copyOf(report, 'poc-30001')).toBeUndefined()
    expect(await pocCertificate(bench)).toBe(theirs.pem)
    const ours = await makeCertificate(pubkey)
    valueOf(await publishCertificates(bench, [ours]))
    expect(await pocCertificate(bench)).toBe(ours.pem)
    // The owner goes back to the other program.
    valueOf(await publishCertificates(bench, []))
    expect(await pocCertificate(bench)).toBe('')
    await plant(bench, bench.keyring.author(30_001, [], theirs.pem, startSeconds + 100))
    bench.clock.advance(200_000)
    await publisher.republish(signal)
    expect(await pocCertificate(bench)).toBe(theirs.pem)
  })

  test('of NoDNS is written only when switched on, guarded, and withdrawn when switched off', async () => {
    const bench = await startPublished()
    const certificate = await makeCertificate(bench.pubkey)
    const [url = ''] = bench.relays.urls
    const first = valueOf(await publishCertificates(bench, [certificate]))
    expect(copyOf(first, 'nodns-30003')).toMatchObject({ state: 'skipped' })
    expect(await bench.at(url, 30_003)).toEqual([])
    bench.settings = { ...bench.settings, copyNodnsCertificate: true }
    valueOf(await publishCertificates(bench, [certificate]))
    const [event] = await bench.at(url, 30_003)
    expect(event).toMatchObject({
      content: certificate.pem,
      tags: [
        ['d', 'nostr'],
        ['expiry', expect.stringMatching(/^\d{10}$/u)],
      ],
    })
    expect(event && readEvent(event, startSeconds)).toMatchObject({ verdict: 'accept' })
    bench.settings = { ...bench.settings, copyNodnsCertificate: false }
    valueOf(await publishCertificates(bench, [certificate]))
    expect((await bench.at(url, 30_003)).map(({ content }) => content)).toEqual([''])
  })

  test('of NoDNS leaves bookmarks called “nostr” alone', async () => {
    const bench = await startPublished()
    bench.settings = { ...bench.settings, copyNodnsCertificate: true }
    const bookmarks = bench.keyring.author(30_003, [
      ['d', 'nostr'],
      ['title', 'Nostr'],
      ['e', '9'.repeat(64)],
    ])
    await plant(bench, bookmarks)
    const report = valueOf(await publishCertificates(bench, [await makeCertificate(bench.pubkey)]))
    expect(copyOf(report, 'nodns-30003')?.state).toBe('guarded')
    expect(await bench.at(bench.relays.urls[0] ?? '', 30_003)).toEqual([bookmarks])
  })

  test('read back as a hint for this very name', async () => {
    const bench = await startPublished()
    const certificate = await makeCertificate(bench.pubkey, {
      names: ['npub.local', `${encodeNpub(bench.pubkey)}.nostr`],
    })
    valueOf(await publishCertificates(bench, [certificate]))
    const [event] = await bench.at(bench.relays.urls[0] ?? '', 30_001)
    expect(event && readEvent(event, startSeconds)).toMatchObject({
      verdict: 'accept',
      pinHints: [{ spkiSha256: certificate.spkiSha256 }],
    })
  })
})
