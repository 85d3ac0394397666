import { describe, expect, it } from 'vitest'
import { parseUpstream } from './upstream-address.ts'

describe('upstream addresses', () => {
  it.each([
    ['8.8.8.8', '8.8.8.8', 53],
    [' 1.1.1.1:5353 ', '1.1.1.1', 5353],
    ['2606:4700::1111', '2606:4700::1111', 53],
    ['[2606:4700::1111]', '2606:4700::1111', 53],
    ['[::1]:5300', '::1', 5300],
  ])('reads %s', (text, address, port) => {
    expect(parseUpstream(text)).toMatchObject({ ok: true, value: { kind: 'dns', address, port } })
  })

  it.each(['https://dns.google/dns-query', 'http://127.0.0.1:8053/dns-query', 'http://[::1]/q'])(
    'reads %s as DoH',
    (text) => {
      expect(parseUpstream(text)).toMatchObject({ ok: true, value: { kind: 'doh' } })
    },
  )

  it.each([
    ['dns.google'],
    [''],
    ['8.8.8'],
    ['8.8.8.8:0'],
    ['8.8.8.8:70000'],
    ['8.8.8.8:'],
    ['[8.8.8.8]:53'],
    ['[::1'],
    ['::1]:53'],
    ['tls://1.1.1.1'],
    ['https://'],
    ['http://dns.google/dns-query'],
    ['https://user:word@dns.google/dns-query'],
  ])('refuses "%s", naming it', (text) => {
    const result = parseUpstream(text)
    expect(result).toMatchObject({ ok: false, error: { code: 'dns.bad-upstream' } })
    const message = result.ok ? '' : result.error.message
    // A password typed into the address is not repeated.
    expect(message.includes(text)).toBe(!text.includes('@'))
  })
})
