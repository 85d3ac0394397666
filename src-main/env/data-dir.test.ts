import { describe, expect, it } from 'vitest'
import { defaultDataDir } from './data-dir.ts'

describe('defaultDataDir', () => {
  it.each([
    ['linux', {}, '/home/a', '/home/a/.local/share/nostr-dns'],
    ['linux', { XDG_DATA_HOME: '/data' }, '/home/a', '/data/nostr-dns'],
    ['linux', { XDG_DATA_HOME: 'relative' }, '/home/a', '/home/a/.local/share/nostr-dns'],
    ['darwin', {}, '/Users/a', '/Users/a/Library/Application Support/nostr-dns'],
  ] as const)('%s %j', (platform, variables, home, expected) => {
    expect(defaultDataDir(platform, variables, home)).toBe(expected)
  })
})
