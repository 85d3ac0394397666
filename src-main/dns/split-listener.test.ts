import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeNpub } from '../names/npub.ts'
import { askUdp, dialTcp, frame } from './testing/clients.ts'
import { answerOf, createFakeSystem, denialOf } from './testing/fake-system.ts'
import { createManualClock } from './testing/manual-clock.ts'
import { aRecord, queryBytes } from './testing/messages.ts'
import { startTestServer, type TestServer } from './testing/test-server.ts'
import { decodeMessage } from './wire/decode.ts'
import type { Message, RecordType } from './wire/message.ts'
import { rcodes } from './wire/message.ts'

/** What weak ways of splitting DNS rely on: specs/resolver-config.md R9. */
const npub = encodeNpub('79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798')

let test: TestServer
beforeAll(async () => {
  const system = createFakeSystem((_name, qname, type) =>
    type === 'A'
      ? answerOf('nostr:x', aRecord(qname, '203.0.113.10'))
      : denialOf('nostr:x', 'nodata'),
  )
  test = await startTestServer({ clock: createManualClock(), systems: [system] })
})
afterAll(() => test.server.stop())

type Ask = (name: string, type: RecordType) => Promise<Message>
const overUdp: Ask = (name, type) =>
  askUdp(test.port('split'), queryBytes(name, type, { edns: {} }))
const overTcp: Ask = async (name, type) => {
  const dialog = await dialTcp(test.port('split'))
  dialog.socket.write(frame(queryBytes(name, type, { edns: {} })))
  const answer = decodeMessage(await dialog.next())
  dialog.socket.end()
  return answer
}

describe.each([
  ['UDP', overUdp],
  ['TCP', overTcp],
])('the split listener over %s', (_transport, ask) => {
  it.each(['example.com', 'xnostr', 'nostr.com', 'notnostr', 'localhost', 'printer.local', '.'])(
    'refuses %s: neither silence nor a denial, and with EDNS',
    async (name) => {
      const answer = await ask(name, 'A')
      expect([answer.rcode, answer.answers, answer.edns !== undefined]).toEqual([
        rcodes.REFUSED,
        [],
        true,
      ])
    },
  )

  it.each([npub, npub.toUpperCase()])('answers %s in any case', async (label) => {
    for (const suffix of ['nostr', 'NoStR']) {
      const answer = await ask(`www.${label}.${suffix}`, 'A')
      expect([answer.rcode, answer.answers.length, answer.edns !== undefined]).toEqual([0, 1, true])
      expect(answer.questions[0]?.name).toBe(`www.${label}.${suffix}`)
    }
  })

  it.each(['AAAA', 'HTTPS'] as const)('has no %s rather than no such name', async (type) => {
    const answer = await ask(`${npub}.nostr`, type)
    expect([answer.rcode, answer.answers]).toEqual([rcodes.NOERROR, []])
  })
})

it('listens on loopback only, so that nobody else can ask', () => {
  const split = test.server.listeners().find(({ id }) => id === 'split')
  expect(split?.addresses.length).toBeGreaterThan(0)
  for (const address of split?.addresses ?? []) expect(['127.0.0.1', '::1']).toContain(address)
})
