import { describe, expect, test } from 'vitest'
import { testNow } from '../../relays/testing/signed-events.ts'
import { stapleExtension, stapleTemplate } from '../origin/staple-event.ts'
import { buildSelfSigned } from '../x509/build-certificate.ts'
import { certificateSha256, spkiSha256 } from '../x509/fingerprints.ts'
import { certificatePem } from '../x509/pem.ts'
import {
  apex,
  author,
  certificate,
  day,
  key,
  minute,
  nameOf,
  pocAddress,
  pocCertificate,
  privateKey,
  setUp,
  show,
  tlsa,
  zone,
} from './testing/policy-fixture.ts'

describe('hints of other formats', () => {
  const hint = (format: string) => ({ kind: 'certificate', strength: 'hint', format })

  test("the proof of concept's certificate counts for every port", async () => {
    const t = await setUp()
    const der = certificate()
    t.relays.events.push(pocAddress(), pocCertificate(der))
    for (const port of [443, 4443]) {
      expect(await t.decide('@', port)).toMatchObject({
        kind: 'pinned',
        validUntil: testNow + day,
        pins: [{ ...hint('poc-30001'), value: certificateSha256(der) }],
      })
    }
  })

  test('a certificate of NoDNS counts with its zone', async () => {
    const t = await setUp()
    const der = certificate([apex, `*.${apex}`])
    t.relays.events.push(
      author.sign({
        kind: 11_111,
        created_at: testNow - 5,
        tags: [['record', 'A', '@', '300', '203.0.113.1']],
      }),
      author.sign({
        kind: 30_003,
        created_at: testNow - 5,
        tags: [
          ['d', 'nostr'],
          ['expiration', String(testNow + 60)],
        ],
        content: certificatePem(der),
      }),
      pocCertificate(certificate()),
    )
    expect(await t.decide('www')).toMatchObject({
      kind: 'pinned',
      validUntil: testNow + 60,
      pins: [{ ...hint('nodns-30003'), value: certificateSha256(der) }],
    })
  })

  test.each<[string, Buffer, string]>([
    ['for another name', certificate(['npub1other.nostr']), 'no-certificate'],
    ['not valid yet', certificate([apex], testNow + 60), 'no-certificate'],
    ['expired', certificate([apex], testNow - 2 * day, testNow - day), 'expired'],
  ])('a certificate %s is none', async (_what, der, expected) => {
    const t = await setUp()
    t.relays.events.push(pocAddress(), pocCertificate(der))
    expect(show(await t.decide())).toBe(expected)
  })

  test('a certificate becomes valid and ends while the program runs', async () => {
    const t = await setUp()
    t.relays.events.push(
      pocAddress(),
      pocCertificate(certificate([apex], testNow + 60, testNow + 120)),
    )
    expect(show(await t.decide())).toBe('no-certificate')
    t.clock.advance(minute)
    expect(show(await t.decide())).toMatch(/^pinned/u)
    t.clock.advance(minute)
    expect(show(await t.decide())).toBe('expired')
  })

  test('a new certificate alone is news', async () => {
    const t = await setUp()
    const next = certificate([apex, `*.${apex}`])
    t.relays.events.push(pocAddress(), pocCertificate(certificate()))
    await t.decide()
    let told = 0
    t.policy().onChange(() => (told += 1))
    await t.push(pocCertificate(next, -50))
    await expect.poll(() => told).toBe(1)
    expect(show(t.policy().lastDecision(nameOf('@'), 443))).toBe(
      `pinned ${certificateSha256(next).slice(0, 4)}`,
    )
  })

  test('count for nothing beside canonical records', async () => {
    const t = await setUp()
    t.relays.events.push(zone([]), pocAddress(), pocCertificate(certificate()))
    expect(show(await t.decide())).toBe('no-certificate')
  })

  test('take over once a canonical pin has expired: its owner may have changed programs', async () => {
    const t = await setUp()
    t.relays.events.push(
      zone([tlsa(key)], { life: 3600 }),
      pocAddress(),
      pocCertificate(certificate()),
    )
    expect(show(await t.decide())).toBe('pinned a1a1')
    t.clock.advance(2 * 3_600_000)
    expect(await t.decide()).toMatchObject({ kind: 'pinned', pins: [{ strength: 'hint' }] })
  })
})

describe('a stapled certificate', () => {
  const staple = (at: number): Buffer => {
    const names = [apex]
    const validity = { validFrom: testNow - day, validTo: testNow + day }
    const random = { bytes: (length: number) => new Uint8Array(length).fill(7) }
    const bare = buildSelfSigned(random, { names, key: privateKey, ...validity })
    const hash = spkiSha256(bare) ?? ''
    const event = author.sign({
      ...stapleTemplate({ spkiSha256: hash, hosts: ['@'], now: testNow + at, lifetime: day }),
    })
    const extraExtensions = [stapleExtension(event)]
    return buildSelfSigned(random, { names, key: privateKey, ...validity, extraExtensions })
  }

  test('counts while no relay can be reached and nothing is known', async () => {
    const t = await setUp()
    t.goOffline()
    expect(show(await t.decide())).toBe('cannot-check')
    expect(t.policy().staplePin(nameOf('@'), staple(-100))).toMatchObject({
      format: 'staple',
      validUntil: testNow - 100 + day,
    })
    expect(t.policy().staplePin(nameOf('@'), certificate())).toBeUndefined()
  })

  test.each([
    ['newer than', -99, true],
    ['as old as', -100, false],
    ['older than', -101, false],
  ])('%s what the owner is known to have signed', async (_what, at, isAccepted) => {
    const t = await setUp()
    t.relays.events.push(zone([]))
    await t.decide()
    t.goOffline()
    await t.restart()
    await t.decide()
    expect(t.policy().staplePin(nameOf('@'), staple(at)) !== undefined).toBe(isAccepted)
  })
})
