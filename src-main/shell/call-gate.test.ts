import { describe, expect, test } from 'vitest'
import { callSchemas, shellOnlyCalls } from '../../src-preload/contract/calls.ts'
import { admitCall } from './call-gate.ts'
import { isTrustedSender } from './sender.ts'

describe('admitCall', () => {
  test('passes a good call with its argument completed', () => {
    expect(admitCall('names.resolve', { name: 'a.nostr' })).toEqual({
      ok: true,
      value: { name: 'names.resolve', argument: { name: 'a.nostr', type: 'A' } },
    })
  })

  test.each(shellOnlyCalls)('never lets the window call %s', (name) => {
    expect(admitCall(name, {})).toMatchObject({ ok: false, error: { code: 'ipc.refused' } })
  })

  test.each([['no.such'], ['constructor'], ['__proto__'], ['toString'], [undefined], [7], [{}]])(
    'refuses the unknown call %s',
    (name) => {
      expect(admitCall(name, {})).toMatchObject({ ok: false, error: { code: 'ipc.unknown-call' } })
    },
  )

  test.each([
    ['a missing field', 'names.resolve', {}, 'names.resolve: name: '],
    ['an extra field', 'keys.lock', { force: true }, 'keys.lock: argument: '],
    ['no argument', 'state.snapshot', undefined, 'state.snapshot: argument: '],
    ['a wrong type', 'resolver.setEnabled', { enabled: 'yes' }, 'resolver.setEnabled: enabled: '],
  ])('says what is wrong: %s', (_title, name, argument, start) => {
    expect(admitCall(name, argument)).toEqual({
      ok: false,
      error: { code: 'ipc.bad-argument', message: expect.stringMatching(`^${start}`) as string },
    })
  })

  test('every call of the contract is either open or shell-only', () => {
    const refused = Object.keys(callSchemas).filter((name) => {
      const result = admitCall(name, { not: 'valid' })
      return !result.ok && result.error.code === 'ipc.refused'
    })
    expect(refused.toSorted()).toEqual([...shellOnlyCalls].toSorted())
  })
})

describe('isTrustedSender', () => {
  const own = { contentsId: 3, frameUrl: 'app://nostr-dns/index.html', isMainFrame: true }

  test.each([
    ['our page', own, 3, true],
    ['another window', { ...own, contentsId: 4 }, 3, false],
    ['no window open', own, undefined, false],
    ['a frame inside the page', { ...own, isMainFrame: false }, 3, false],
    ['a page from elsewhere', { ...own, frameUrl: 'https://example.com/' }, 3, false],
    ['a frame that is gone', { ...own, frameUrl: undefined }, 3, false],
    ['an empty page', { ...own, frameUrl: '' }, 3, false],
    ['about:blank', { ...own, frameUrl: 'about:blank' }, 3, false],
  ])('%s', (_title, sender, ownId, expected) => {
    expect(isTrustedSender(sender, ownId)).toBe(expected)
  })
})
