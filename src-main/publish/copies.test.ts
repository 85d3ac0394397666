import { describe, expect, test } from 'vitest'
import type { CopyReport } from './publisher.ts'
import { startBench } from './testing/publish-bench.ts'
import { valueOf, copyOf, plant } from './testing/publish-checks.ts'
import { startSeconds } from './testing/test-keyring.ts'
import { ask } from './testing/socket-relays.ts'

describe('compatibility copies', () => {
  test("the proof of concept's query finds the address, past the user's own lists", async () => {
    const bench = await startBench()
    const friends = bench.keyring.author(
      30_000,
      [
        ['d', 'friends'],
        ['p', '9'.repeat(64)],
      ],
      '',
      startSeconds,
    )
    await plant(bench, friends)
    valueOf(
      await bench.publisher.publishAddress(bench.pubkey, {
        addresses: ['2001:db8::1', '203.0.113.1'],
        signal: bench.signal,
      }),
    )
    for (const url of bench.relays.urls) {
      const query = { authors: [bench.pubkey], kinds: [30_000], limit: 1 }
      const { events } = await ask(url, ['REQ', 'poc', query])
      expect(JSON.parse(events[0]?.content ?? '')).toEqual({ ip: '203.0.113.1' })
    }
    expect(await bench.at(bench.relays.urls[0] ?? '', 30_000)).toContainEqual(friends)
  })

  test.each<[CopyReport['format'], number, string[][], string, RegExp]>([
    ['poc-30000', 30_000, [['p', '9'.repeat(64)]], '', /a list of 1 person/u],
    [
      'poc-30000',
      30_000,
      [
        ['title', 'Friends'],
        ['p', '9'.repeat(64)],
        ['p', '8'.repeat(64)],
      ],
      '',
      /2 people named “Friends”/u,
    ],
    ['poc-30000', 30_000, [], 'AbCd?iv=xyz', /private data/u],
    ['nodns-11111', 11_111, [['clearnet', 'https://mint.example.com']], '', /an announcement/u],
    ['nodns-11111', 11_111, [], 'q83v', /private data/u],
  ])(
    '%s: a foreign entry is left alone and reported (%#)',
    async (format, kind, tags, content, words) => {
      const bench = await startBench()
      const foreign = bench.keyring.author(kind, tags, content)
      const [first = '', second = ''] = bench.relays.urls
      await plant(bench, foreign, second)
      const report = valueOf(
        await bench.publisher.publishAddress(bench.pubkey, { signal: bench.signal }),
      )
      expect(report.state).toBe('published')
      expect(copyOf(report, format)).toMatchObject({
        state: 'guarded',
        problem: { code: 'publish.guarded', message: expect.stringMatching(words) },
      })
      expect(await bench.at(second, kind)).toEqual([foreign])
      expect(await bench.at(first, kind)).toEqual([])
      expect(bench.health.list().map(({ code }) => code)).toEqual(['publish.guarded'])
    },
  )

  test('are written only to relays that were asked just before', async () => {
    const bench = await startBench()
    const [open = '', shut = ''] = bench.relays.urls
    const fetchFromAll = bench.relays.fetchFromAll.bind(bench.relays)
    bench.relays.fetchFromAll = async (filters, options) => {
      bench.relays.urls = [open, 'ws://127.0.0.1:1']
      const found = await fetchFromAll(filters, options)
      bench.relays.urls = [open, shut]
      return found
    }
    const report = valueOf(
      await bench.publisher.publishAddress(bench.pubkey, { signal: bench.signal }),
    )
    expect(report.state).toBe('published')
    expect(copyOf(report, 'poc-30000')?.relays.map(({ url }) => url)).toEqual([open])
    expect(await bench.at(shut, 30_000)).toEqual([])
    expect(await bench.at(shut, 11_111)).toEqual([])
  })

  test('switched off are not written, and emptied once if they were', async () => {
    const bench = await startBench()
    const { publisher, pubkey, signal } = bench
    const [url = ''] = bench.relays.urls
    bench.settings = { ...bench.settings, copyNodns: false }
    const first = valueOf(await publisher.publishAddress(pubkey, { signal }))
    expect(copyOf(first, 'nodns-11111')?.state).toBe('skipped')
    expect(await bench.at(url, 11_111)).toEqual([])
    bench.settings = { ...bench.settings, copyPoc: false }
    valueOf(await publisher.publishAddress(pubkey, { signal }))
    expect((await bench.at(url, 30_000)).map(({ content }) => content)).toEqual(['{}'])
    const third = valueOf(await publisher.publishAddress(pubkey, { signal }))
    expect(copyOf(third, 'poc-30000')?.state).toBe('skipped')
  })
})

test("the user's relay list is handed on unchanged, and never made", async () => {
  const bench = await startBench()
  const [first = '', second = ''] = bench.relays.urls
  const list = bench.keyring.author(10_002, [['r', 'wss://relay.example.com']])
  await plant(bench, list, first)
  valueOf(await bench.publisher.publishAddress(bench.pubkey, { signal: bench.signal }))
  await expect.poll(() => bench.at(second, 10_002)).toEqual([list])
  const lists = bench.relays.sent.filter(({ event }) => event.kind === 10_002)
  expect(lists.slice(1).map(({ url }) => url)).toEqual([second])
})
