import { expect, test } from 'vitest'
import { createProtocolMemory, noProtocol } from './protocol-memory.ts'
import { domain, otherDomain, pinnedName } from './testing/test-names.ts'

const target = (text: string, port = 443) => ({ name: pinnedName(text), domain: text, port })

test('knows what will be spoken where there is only one possibility', () => {
  const memory = createProtocolMemory()
  expect(memory.predict(target(domain), [])).toBe(noProtocol)
  expect(memory.predict(target(domain), ['http/1.1'])).toBe('http/1.1')
  expect(memory.predict(target(domain), ['h2', 'http/1.1'])).toBeUndefined()
})

const browser = ['h2', 'http/1.1']

test('remembers who chose h2, by name and port, until it does not', () => {
  const memory = createProtocolMemory()
  memory.learn(target(domain), browser, 'h2')
  expect(memory.predict(target(domain), browser)).toBe('h2')
  expect(memory.predict(target(domain), ['http/1.1'])).toBe('http/1.1')
  expect(memory.predict(target(domain, 4443), ['h2'])).toBeUndefined()
  expect(memory.predict(target(otherDomain), ['h2'])).toBeUndefined()
  memory.learn(target(domain), browser, 'http/1.1')
  expect(memory.predict(target(domain), browser)).toBeUndefined()
})

test('learns nothing about h2 from clients that do not offer it', () => {
  const memory = createProtocolMemory()
  memory.learn(target(domain), browser, 'h2')
  memory.learn(target(domain), ['http/1.1'], 'http/1.1')
  expect(memory.predict(target(domain), browser)).toBe('h2')
  expect(memory.lastOffer(target(domain))).toEqual(['http/1.1'])
  expect(memory.lastOffer(target(otherDomain))).toBeUndefined()
})

test('forgets the longest unused of too many', () => {
  const memory = createProtocolMemory()
  for (let index = 0; index < 300; index += 1) {
    memory.learn(target(`h${index}.${domain}`), browser, 'h2')
  }
  expect(memory.predict(target(`h0.${domain}`), ['h2'])).toBeUndefined()
  expect(memory.predict(target(`h299.${domain}`), ['h2'])).toBe('h2')
})
