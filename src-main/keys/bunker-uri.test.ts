import { describe, expect, it } from 'vitest'
import { parseBunkerUri } from './bunker-uri.ts'

const signer = '17162c921dc4d2518f9a101db33695df1afb56ab82f5ff3e5da6eec3ca5cd917'

describe('parseBunkerUri', () => {
  it.each([
    [`bunker://${signer}?relay=wss://a.example`, { signer, relays: ['wss://a.example'] }],
    [
      ` BUNKER://${signer.toUpperCase()}/?relay=wss%3A%2F%2Fa.example&relay=ws://10.0.0.1:80/x&relay=wss://a.example&secret=s%2B1 `,
      { signer, relays: ['wss://a.example', 'ws://10.0.0.1:80/x'], secret: 's+1' },
    ],
    [
      `bunker://${signer}?relay=wss://a.example&secret=&x=1`,
      { signer, relays: ['wss://a.example'] },
    ],
  ])('%s', (text, value) => {
    expect(parseBunkerUri(text)).toEqual({ ok: true, value })
  })

  it.each([
    ['', 'not a bunker'],
    [`nostrconnect://${signer}?relay=wss://a.example`, 'not a bunker'],
    [`bunker://${signer.slice(1)}?relay=wss://a.example`, 'public key'],
    [`bunker://${'0'.repeat(64)}?relay=wss://a.example`, 'public key'],
    [`bunker://bob@example.com`, 'public key'],
    [`bunker://${signer}`, 'no relay'],
    [`bunker://${signer}?secret=hush`, 'no relay'],
    [`bunker://${signer}?relay=https://a.example&secret=hush`, 'not wss'],
    [`bunker://${signer}?relay=wss://`, 'not wss'],
    [`bunker://${signer}?${'relay=wss://a.example&'.repeat(1000)}`, 'not a bunker'],
  ])('refuses %s', (text, named) => {
    const result = parseBunkerUri(text)
    expect(result).toMatchObject({ ok: false, error: { code: 'keys.bad-bunker' } })
    expect(result.ok ? '' : result.error.message).toContain(named)
    expect(JSON.stringify(result)).not.toContain('hush')
  })
})
