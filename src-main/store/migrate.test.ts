import { describe, expect, it } from 'vitest'
import { migrate } from './migrate.ts'

const table = {
  1: (fields: Readonly<Record<string, unknown>>) => ({ ...fields, two: true }),
  2: (fields: Readonly<Record<string, unknown>>) => ({ ...fields, three: fields['two'] }),
}

describe('migrate', () => {
  it.each([
    [{ version: 3 }, { kind: 'current', data: { version: 3 } }],
    [{ version: 2 }, { kind: 'current', data: { version: 3, three: undefined } }],
    [
      { version: 1, a: 0 },
      { kind: 'current', data: { version: 3, a: 0, two: true, three: true } },
    ],
    [{ version: 4 }, { kind: 'newer', version: 4 }],
    [{ version: 0 }, { kind: 'bad', reason: expect.stringContaining('version') }],
    [{ version: 1.5 }, { kind: 'bad', reason: expect.stringContaining('version') }],
    [{ version: '1' }, { kind: 'bad', reason: expect.stringContaining('version') }],
    [{}, { kind: 'bad', reason: expect.stringContaining('version') }],
    [[], { kind: 'bad', reason: 'it is not a JSON object' }],
    [null, { kind: 'bad', reason: 'it is not a JSON object' }],
    ['x', { kind: 'bad', reason: 'it is not a JSON object' }],
  ])('%j', (data: unknown, expected) => {
    expect(migrate(data, 3, table)).toEqual(expected)
  })

  it('names a version it has no step for', () => {
    expect(migrate({ version: 1 }, 3, { 2: table[2] })).toEqual({
      kind: 'bad',
      reason: 'version: 1 is not known',
    })
  })
})
