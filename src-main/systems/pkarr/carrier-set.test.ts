import { expect, it } from 'vitest'
import type { Carrier } from './carrier.ts'
import { createCarrierSet } from './carrier-set.ts'

function fakeCarrier(id: string, log: string[]): Carrier {
  return {
    id,
    kind: id === 'dht' ? 'dht' : 'relay',
    resolve: async () => ({ kind: 'done', answers: 1 }),
    publish: async () => ({ carrier: id, kind: 'relay', state: 'stored' }),
    status: () => ({ id, kind: 'relay', state: 'ok' }),
    onChange: () => () => void log.push(`unfollow ${id}`),
    start: async () => void log.push(`start ${id}`),
    stop: async () => void log.push(`stop ${id}`),
  }
}

it('follows the relays of the settings, and keeps the DHT', async () => {
  const log: string[] = []
  let urls = ['https://a.example', 'https://b.example']
  let settingsChanged = (): void => undefined
  const set = createCarrierSet({
    relays: () => urls,
    onRelays(listener) {
      settingsChanged = listener
      return () => undefined
    },
    createRelay: (url) => fakeCarrier(url, log),
    dht: fakeCarrier('dht', log),
  })
  await set.start()
  expect(set.list().map(({ id }) => id)).toEqual(['https://a.example', 'https://b.example', 'dht'])
  const kept = set.list()[1]
  let changes = 0
  set.onChange(() => (changes += 1))
  urls = ['https://b.example', 'https://c.example']
  settingsChanged()
  await new Promise((resolve) => setImmediate(resolve))
  expect(set.list().map(({ id }) => id)).toEqual(['https://b.example', 'https://c.example', 'dht'])
  expect(set.list()[0]).toBe(kept)
  expect(changes).toBe(1)
  expect(log).toContain('stop https://a.example')
  await set.stop()
  expect(log.slice(-1)).toEqual(['stop dht'])
})
