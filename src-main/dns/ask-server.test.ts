import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../env/logger.ts'
import { systemRandom } from '../env/system-env.ts'
import { createAskServer, type AskServer } from './ask-server.ts'
import { startFakeUpstream, type FakeUpstream } from './testing/fake-upstream.ts'
import { createManualClock, type ManualClock } from './testing/manual-clock.ts'
import { aRecord, responseTo } from './testing/messages.ts'
import { rcodes } from './wire/message.ts'

const name = 'x.8pinxxgqs41n4aididenw5apqp1urfmzdztr8jt4abrkdn435ewo'

let server: FakeUpstream
let clock: ManualClock
let ask: AskServer

beforeEach(async () => {
  server = await startFakeUpstream()
  clock = createManualClock()
  ask = createAskServer({ clock, random: systemRandom, log: silentLogger }, server.port)
})
afterEach(() => server.stop())

const never = new AbortController().signal

describe('createAskServer', () => {
  it('asks with a mixed-case name and hands the answer out', async () => {
    server.answer = ({ query }) =>
      responseTo(query, { answers: [aRecord(query.questions[0]?.name ?? '.', '192.0.2.7', 60)] })
    const message = await ask('127.0.0.1', name, 'A', never)
    expect(message.answers[0]?.rdata).toEqual({ type: 'A', address: '192.0.2.7' })
    expect(server.asked[0]?.query.questions[0]?.name.toLowerCase()).toBe(name)
  })

  it('goes on over TCP when the answer is truncated', async () => {
    server.answer = ({ query, transport }) =>
      transport === 'udp'
        ? responseTo(query, { truncated: true })
        : responseTo(query, {
            answers: [aRecord(query.questions[0]?.name ?? '.', '192.0.2.8', 60)],
          })
    const message = await ask('127.0.0.1', name, 'A', never)
    expect(message.answers[0]?.rdata).toEqual({ type: 'A', address: '192.0.2.8' })
  })

  it('gives NXDOMAIN as an answer, and rejects other errors', async () => {
    server.answer = ({ query }) => responseTo(query, { rcode: rcodes.NXDOMAIN })
    expect((await ask('127.0.0.1', name, 'A', never)).rcode).toBe(rcodes.NXDOMAIN)
    server.answer = ({ query }) => responseTo(query, { rcode: rcodes.REFUSED })
    await expect(ask('127.0.0.1', name, 'A', never)).rejects.toThrow('REFUSED')
  })

  it('rejects an answer whose data make no sense, over UDP and TCP', async () => {
    server.answer = ({ query, transport }) => {
      if (transport === 'udp' && query.questions[0]?.type === 'AAAA') {
        return responseTo(query, { truncated: true })
      }
      const bytes = Uint8Array.from(
        responseTo(query, { answers: [aRecord(query.questions[0]?.name ?? '.', '192.0.2.7', 60)] }),
      )
      const data = Buffer.from(bytes.buffer).indexOf(Buffer.from([0, 4, 192, 0, 2, 7]))
      // A CNAME whose target is a pointer to nowhere.
      bytes[data - 7] = 5
      bytes[data + 2] = 0xff
      return bytes
    }
    await expect(ask('127.0.0.1', name, 'A', never)).rejects.toThrow('pointer')
    await expect(ask('127.0.0.1', name, 'AAAA', never)).rejects.toThrow('pointer')
  })

  it('gives a silent server up, and stops when it is told to', async () => {
    const asked = server.nextQuestion()
    const answer = ask('127.0.0.1', name, 'A', never)
    await asked
    clock.advance(2_000)
    await expect(answer).rejects.toThrow('silent')
    const controller = new AbortController()
    const stopped = ask('127.0.0.1', name, 'A', controller.signal)
    controller.abort()
    await expect(stopped).rejects.toThrow('aborted')
  })
})
