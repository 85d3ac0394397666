import { describe, expect, it } from 'vitest'
import { patchAt, valueAt } from './setting-path.ts'
import { fieldFailure, listCodec, numberCodec } from './setting-text.ts'
import { sceneSnapshot } from '../../test/fixtures.ts'

const { settings } = sceneSnapshot('rich', 0)

describe('paths', () => {
  it('lead to values at any depth', () => {
    expect(valueAt(settings, 'resolver.proxyPort')).toBe(5354)
    expect(valueAt(settings, 'relays.embedded.port')).toBe(7447)
  })

  it('make a patch of one value', () => {
    expect(patchAt('pkarr.dht.enabled', false)).toEqual({ pkarr: { dht: { enabled: false } } })
  })
})

describe('numbers', () => {
  it.each([
    ['5354', { value: 5354 }],
    [' 0 ', { value: 0 }],
    ['', { error: 'Enter a whole number.' }],
    ['5 354', { error: 'Enter a whole number.' }],
    ['-1', { error: 'Enter a whole number.' }],
    ['1e3', { error: 'Enter a whole number.' }],
  ])('%j is %j', (typed, parsed) => {
    expect(numberCodec.parse(typed)).toEqual(parsed)
  })
})

describe('lists', () => {
  it('are one entry a line, without the empty ones', () => {
    expect(listCodec.parse('\n wss://a \n\nwss://b\n')).toEqual({ value: ['wss://a', 'wss://b'] })
    expect(listCodec.format(['wss://a', 'wss://b'])).toBe('wss://a\nwss://b')
  })
})

describe('a refusal', () => {
  const refusal = (message: string, code = 'settings.invalid') => ({ code, message })
  it.each([
    [
      'resolver.proxyPort',
      'The setting resolver.proxyPort: too big: expected number to be <=65535.',
      '99999',
      'Too big: expected number to be <=65535.',
    ],
    [
      'relays.user',
      'The setting relays.user.1: must be a ws:// or wss:// URL.',
      'wss://a\n\nb',
      'Line 3: Must be a ws:// or wss:// URL.',
    ],
    ['resolver.upstreams', 'The setting resolver.upstreams: too small.', '', 'Too small.'],
    [
      'resolver.upstreams',
      'The setting ui.theme: unknown value.',
      '',
      'The setting ui.theme: unknown value.',
    ],
  ] as const)('of %s: %s', (path, message, typed, shown) => {
    expect(fieldFailure(refusal(message), path, typed)).toBe(shown)
  })

  it('of another kind is shown whole, with its next step', () => {
    const problem = {
      code: 'store.disk-full',
      message: 'The disk is full.',
      hint: 'Free some space.',
    }
    expect(fieldFailure(problem, 'ui.theme', '')).toBe('The disk is full. Free some space.')
  })
})
