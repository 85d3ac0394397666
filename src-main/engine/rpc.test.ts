import { describe, expect, it } from 'vitest'
import { AppError, ok } from '../env/errors.ts'
import { silentLogger } from '../env/logger.ts'
import { createRpc, type CallHandlers } from './rpc.ts'

const handlers = new Proxy({} as CallHandlers, {
  get: (_target, name) => async (argument: unknown) => {
    if (name === 'keys.lock') throw new AppError({ code: 'keys.broken', message: 'broken' })
    return ok({ name, argument })
  },
})
const rpc = createRpc(silentLogger, handlers, () => () => undefined)

describe('createRpc', () => {
  it('hands a checked argument, with defaults filled in, to the handler', async () => {
    expect(await rpc.call('publish.address', {})).toEqual({
      ok: true,
      value: { name: 'publish.address', argument: { host: '@', follow: true } },
    })
  })

  it.each([
    ['an unknown call', 'keys.steal', {}, 'rpc.unknown-call', /no such call/],
    ['a name from the prototype', 'constructor', {}, 'rpc.unknown-call', /no such call/],
    ['no name at all', undefined, {}, 'rpc.unknown-call', /no such call/],
    ['a missing field', 'names.forget', {}, 'rpc.bad-argument', /names\.forget: id/],
    ['an unknown field', 'keys.lock', { x: 1 }, 'rpc.bad-argument', /keys\.lock/],
    ['a bad host', 'publish.withdraw', { host: '../x' }, 'rpc.bad-argument', /host/],
    ['no argument', 'names.resolve', undefined, 'rpc.bad-argument', /names\.resolve/],
  ])('refuses %s, saying what was wrong', async (_what, name, argument, code, message) => {
    const reply = await rpc.call(name, argument)
    expect(reply).toMatchObject({ ok: false, error: { code } })
    expect(!reply.ok && reply.error.message).toMatch(message)
  })

  it('turns a thrown AppError into its Problem', async () => {
    expect(await rpc.call('keys.lock', {})).toEqual({
      ok: false,
      error: { code: 'keys.broken', message: 'broken' },
    })
  })
})
