import { describe, expect, it } from 'vitest'
import { parseHostPort, readContacts, writeContacts } from './contact.ts'

describe('parseHostPort', () => {
  it.each([
    ['router.example:6881', { host: 'router.example', port: 6881 }],
    [' 192.0.2.1:1 ', { host: '192.0.2.1', port: 1 }],
    ['router.example', undefined],
    ['router.example:0', undefined],
    ['router.example:65536', undefined],
    ['router.example:12x', undefined],
    ['[2001:db8::1]:6881', undefined],
    [':6881', undefined],
    ['', undefined],
  ])('%j', (text, endpoint) => {
    expect(parseHostPort(text)).toEqual(endpoint)
  })
})

describe('compact node info', () => {
  const contacts = [1, 2, 3].map((number) => ({
    id: new Uint8Array(20).fill(number),
    host: `192.0.2.${number}`,
    port: 6880 + number,
  }))

  it('reads what it writes, but neither port 0 nor half a node', () => {
    expect(readContacts(writeContacts(contacts))).toEqual(contacts)
    expect(
      readContacts(writeContacts(contacts.map((contact) => ({ ...contact, port: 0 })))),
    ).toEqual([])
    expect(readContacts(Buffer.alloc(25))).toBeUndefined()
  })

  it('looks at no more nodes than any implementation sends', () => {
    const many = Array.from({ length: 100 }, () => contacts).flat()
    expect(readContacts(writeContacts(many))).toHaveLength(32)
  })
})
