import { describe, expect, it } from 'vitest'
import {
  endpoint,
  formatAge,
  formatCount,
  formatCountdown,
  formatDate,
  formatLatency,
  formatPercent,
  formatRelative,
  formatSpan,
  hashGroups,
  plural,
  relayHost,
  shortData,
  shortKey,
  shortName,
} from './format.ts'

const npub = `npub1${'q'.repeat(52)}xyzxyz`

describe('numbers', () => {
  it.each([
    [0, '0'],
    [48_213, '48,213'],
    [123_456, '123.5K'],
    [7_000_000, '7M'],
  ])('%d is shown as %s', (count, text) => expect(formatCount(count)).toBe(text))

  it('counts in words', () => {
    expect([plural(1, 'relay', 'relays'), plural(0, 'relay', 'relays')]).toEqual([
      '1 relay',
      '0 relays',
    ])
  })

  it('has a percentage only of something', () => {
    expect([formatPercent(41, 50), formatPercent(0, 0)]).toEqual(['82 %', '–'])
  })

  it.each([
    [12.4, '12 ms'],
    [1840, '1.8 s'],
  ])('%d ms of latency are %s', (ms, text) => expect(formatLatency(ms)).toBe(text))
})

describe('times', () => {
  it.each([
    [-3, '0 s', '0 s', '0 s'],
    [42.9, '42 s', '43 s', '42 s'],
    [245, '4 min', '4:05', '4 min'],
    [3600, '1 h', '1 h', '1 h'],
    [7500, '2 h 5 min', '2 h 5 min', '2 h'],
    [86_400, '1 d', '1 d', '1 d'],
    [100_000, '1 d 3 h', '1 d 3 h', '1 d'],
    [700_000, '8 d', '8 d', '8 d'],
  ])('%d s: span %s, countdown %s, age %s', (seconds, span, countdown, age) => {
    expect([formatSpan(seconds), formatCountdown(seconds), formatAge(seconds)]).toEqual([
      span,
      countdown,
      age,
    ])
  })

  it('has dates without a time', () => {
    expect(formatDate(Date.UTC(2027, 8, 12, 12))).toBe('Sep 12, 2027')
  })

  it.each([
    [0, 'just now'],
    [-180, '3 min ago'],
    [7200, 'in 2 h'],
  ])('%d s from now is %s', (seconds, text) => {
    expect(formatRelative(1_000_000_000 + seconds * 1000, 1_000_000_000)).toBe(text)
  })
})

describe('keys and addresses', () => {
  it('shortens a key to its first 8 and last 6 characters', () => {
    expect(shortKey(npub)).toBe('npub1qqq…xyzxyz')
    expect(shortKey('short')).toBe('short')
  })

  it('shortens the npub inside a name, in any case, and nothing else', () => {
    expect(shortName(`www.${npub}.nostr`)).toBe('www.npub1qqq…xyzxyz.nostr')
    expect(shortName(npub.toUpperCase())).toBe('NPUB1QQQ…XYZXYZ')
    expect(shortName('npub1tooshort.nostr')).toBe('npub1tooshort.nostr')
  })

  it('groups a hash by eight, losing nothing', () => {
    expect(hashGroups(`${'a'.repeat(8)}${'b'.repeat(8)}cc`)).toEqual(['aaaaaaaa', 'bbbbbbbb', 'cc'])
    expect(hashGroups('')).toEqual([])
  })

  it('shortens hashes in record data', () => {
    expect(shortData(`3 1 1 13dab899${'0'.repeat(50)}f39a30`)).toBe('3 1 1 13dab899…f39a30')
    expect(shortData('2001:db8::10')).toBe('2001:db8::10')
  })

  it.each([
    ['wss://nos.lol/', 'nos.lol'],
    ['ws://127.0.0.1:7447', '127.0.0.1:7447'],
    ['wss://relay.example.com/inbox', 'relay.example.com/inbox'],
    ['not a url', 'not a url'],
  ])('%s is the relay %s', (url, host) => expect(relayHost(url)).toBe(host))

  it('puts brackets around IPv6 addresses only', () => {
    expect([endpoint('::1', 53), endpoint('127.0.0.1', 53)]).toEqual(['[::1]:53', '127.0.0.1:53'])
  })
})
