import { execFile, execFileSync } from 'node:child_process'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startFakeUpstream, type FakeUpstream } from '../dns/testing/fake-upstream.ts'
import { aRecord, queryBytes, responseTo } from '../dns/testing/messages.ts'
import { decodeMessage } from '../dns/wire/decode.ts'
import { startMockRelay, type MockRelay } from '../systems/pkarr/testing/mock-relay.ts'
import { zeroKey } from '../systems/pkarr/testing/vectors.ts'
import { portOf, record, useCarriers } from './testing/pkarr-bed.ts'
import { startTestEngines, type TestEngine, type TestEngines } from './testing/test-engines.ts'

let engines: TestEngines
let relay: MockRelay
let upstream: FakeUpstream
let owner: TestEngine
let key: string
let otherKey: string
let npub: string

beforeEach(async () => {
  engines = await startTestEngines()
  relay = await startMockRelay()
  upstream = await startFakeUpstream(({ query }) =>
    responseTo(query, { answers: [aRecord(query.questions[0]?.name ?? '.', '198.51.100.7')] }),
  )
  owner = await engines.start('owner', { upstreams: [upstream.address] })
  await useCarriers(owner, [relay.url])
  npub = (await owner.call('keys.create', { label: 'me' })).npub
  await owner.call('publish.address', { addresses: ['203.0.113.10'] })
  otherKey = (await owner.call('pkarr.create', { label: 'other' })).key
  await owner.call('pkarr.publish', {
    key: otherKey,
    records: [record('x', 'A', '203.0.113.20')],
  })
  key = (await owner.call('pkarr.create', { label: 'site' })).key
  await owner.call('pkarr.publish', {
    key,
    records: [
      record('@', 'A', '203.0.113.1'),
      { ...record('www', 'CNAME', '@'), ttl: 450 },
      record('*.wild', 'TXT', '"any"'),
      record('other', 'CNAME', `x.${otherKey}`),
      record('npub', 'CNAME', `${npub}.nostr`),
      record('icann', 'CNAME', 'www.example.com'),
    ],
  })
})
afterEach(async () => {
  await engines.stop()
  await relay.stop()
  await upstream.stop()
})

const hasDig = ((): boolean => {
  try {
    execFileSync('dig', ['-v'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

interface Dug {
  readonly status: string
  /** Type and data of each answer. */
  readonly answers: readonly string[]
}

async function dig(port: number, ...question: readonly string[]): Promise<Dug> {
  const { stdout } = await promisify(execFile)('dig', [
    '@127.0.0.1',
    '-p',
    String(port),
    '+noall',
    '+comments',
    '+answer',
    '+tries=1',
    '+time=10',
    ...question,
  ])
  const status = /status: (\w+)/u.exec(stdout)?.[1] ?? 'none'
  const answers = stdout
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith(';'))
    .map((line) => line.split(/\s+/u).slice(3).join(' '))
  return { status, answers }
}

describe('a PKARR zone', () => {
  it.skipIf(!hasDig)('is read by dig through both listeners, over UDP and TCP', async () => {
    const expected: readonly [name: string, type: string, status: string, answers: string[]][] = [
      [key, 'A', 'NOERROR', ['A 203.0.113.1']],
      [`${key}.key`, 'A', 'NOERROR', ['A 203.0.113.1']],
      [`www.${key}`, 'A', 'NOERROR', [`CNAME ${key}.`, 'A 203.0.113.1']],
      [`WWW.${key.toUpperCase()}`, 'CNAME', 'NOERROR', [`CNAME ${key}.`]],
      [`any.thing.wild.${key}`, 'TXT', 'NOERROR', ['TXT "any"']],
      [`other.${key}`, 'A', 'NOERROR', [`CNAME x.${otherKey}.`, 'A 203.0.113.20']],
      [`npub.${key}`, 'A', 'NOERROR', [`CNAME ${npub}.nostr.`, 'A 203.0.113.10']],
      [`icann.${key}`, 'A', 'NOERROR', ['CNAME www.example.com.', 'A 198.51.100.7']],
      [key, 'MX', 'NOERROR', []],
      [`nope.${key}`, 'A', 'NXDOMAIN', []],
      [zeroKey.key, 'A', 'NXDOMAIN', []],
      // The last character holds spare bits: this is no key, and nobody's business upstream.
      [`${key.slice(0, -1)}b`, 'A', 'NXDOMAIN', []],
    ]
    for (const id of ['proxy', 'split'] as const) {
      for (const transport of ['+notcp', '+tcp']) {
        for (const [name, type, status, answers] of expected) {
          const dug = await dig(portOf(owner, id), transport, name, type)
          // Names in data may point at the question (RFC 1035 s.4.1.4), and have its case.
          const lower = dug.answers.map((answer) =>
            answer.replace(/(?<=^CNAME ).*/u, (target) => target.toLowerCase()),
          )
          expect([id, name, type, dug.status, lower]).toEqual([id, name, type, status, answers])
        }
      }
    }
    expect([
      ...new Set(upstream.asked.map(({ query }) => query.questions[0]?.name.toLowerCase())),
    ]).toEqual(['www.example.com'])
  })

  it.each(['GET', 'POST'])('is read over HTTPS’s DNS format with %s', async (method) => {
    const query = queryBytes(`www.${key}`, 'A', { id: 0 })
    const url = `http://127.0.0.1:${portOf(owner, 'doh')}/dns-query`
    const ask = (): Promise<Response> =>
      method === 'GET'
        ? fetch(`${url}?dns=${Buffer.from(query).toString('base64url')}`, {
            headers: { accept: 'application/dns-message' },
          })
        : fetch(url, {
            method,
            headers: { 'content-type': 'application/dns-message' },
            body: Buffer.from(query),
          })
    for (const response of [await ask(), await ask()]) {
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toBe('application/dns-message')
      const message = decodeMessage(new Uint8Array(await response.arrayBuffer()))
      expect(message.id).toBe(0)
      expect(message.answers.map(({ rdata }) => rdata.type)).toEqual(['CNAME', 'A'])
      const lowest = Math.min(...message.answers.map(({ ttl }) => ttl))
      expect(lowest).toBeLessThanOrEqual(450)
      expect(response.headers.get('cache-control')).toBe(`max-age=${lowest}`)
    }
  })
})
