import type { CallArgument } from '../../../src-preload/contract/calls.ts'
import { askUdp } from '../../dns/testing/clients.ts'
import { queryBytes } from '../../dns/testing/messages.ts'
import type { Message, RecordType } from '../../dns/wire/message.ts'
import { formatRdata } from '../../dns/wire/rdata-text.ts'
import type { TestEngine } from './test-engines.ts'

type PkarrRecord = CallArgument<'pkarr.publish'>['records'][number]

export const record = (name: string, type: string, rdata: string): PkarrRecord => ({
  name,
  type,
  ttl: 600,
  rdata,
})

/** Settings that a user would make in the window. The DHT is off without bootstrap nodes. */
export async function useCarriers(
  engine: TestEngine,
  relays: readonly string[],
  bootstrap: readonly string[] = [],
): Promise<void> {
  await engine.call('settings.update', {
    pkarr: {
      relays,
      dht: { enabled: bootstrap.length > 0, port: 0, bootstrap },
    },
  })
}

export const portOf = (running: TestEngine, id: 'proxy' | 'split' | 'doh'): number =>
  running.engine.snapshot().resolver.listeners.find((listener) => listener.id === id)?.port ?? 0

export const ask = (
  running: TestEngine,
  name: string,
  type: RecordType = 'A',
  id: 'proxy' | 'split' = 'proxy',
): Promise<Message> => askUdp(portOf(running, id), queryBytes(name, type))

/** The data of all answers, as in a zone file. */
export const rdatas = ({ answers }: Message): readonly string[] =>
  answers.map(({ rdata }) => formatRdata(rdata))
