import { expect, test } from 'vitest'
import type { PublishReport } from '../../src-preload/contract/model.ts'
import { publishNotice } from './publish-notice.ts'

function report(changes: Partial<PublishReport>): PublishReport {
  return {
    pubkey: 'a'.repeat(64),
    host: '@',
    atMs: 0,
    expiresAt: 0,
    state: 'published',
    copies: [
      {
        format: 'canonical',
        kind: 31111,
        state: 'published',
        relays: [
          { url: 'wss://a', outcome: 'ok', elapsedMs: 1 },
          { url: 'wss://b', outcome: 'ok', elapsedMs: 1 },
          { url: 'wss://c', outcome: 'timeout', elapsedMs: 1 },
        ],
      },
    ],
    ...changes,
  }
}

test.each([
  ['published', { ok: true, value: report({}) }, 'Address published', '2 relays have it.'],
  [
    'queued',
    { ok: true, value: report({ state: 'queued' }) },
    'Address waiting to be published',
    'No relay could be reached. It is sent as soon as one can be.',
  ],
  [
    'failed with a reason',
    { ok: true, value: report({ state: 'failed', problem: { code: 'x', message: 'Because.' } }) },
    'Address not published',
    'Because.',
  ],
  [
    'refused',
    { ok: false, error: { code: 'x', message: 'No address is known.', hint: 'Type one.' } },
    'Address not published',
    'No address is known. Type one.',
  ],
] as const)('%s', (_title, result, title, body) => {
  expect(publishNotice(result)).toEqual({ title, body })
})
