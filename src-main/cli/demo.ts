import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import WebSocket from 'ws'
import { rcodes, type Message } from '../dns/wire/message.ts'
import { formatRdata } from '../dns/wire/rdata-text.ts'
import { queryUdp } from '../engine/query-udp.ts'
import type { CliContext } from './context.ts'
import { tellHttpsStory } from './demo-https.ts'
import { must, startPerson, startRelay, type Cleanup } from './demo-people.ts'
import { createScript, type Script } from './demo-script.ts'
import type { ExitCode } from './terminal.ts'
import type { Verb } from './verb.ts'

export const demoVerb: Verb = {
  name: 'demo',
  summary:
    'the whole story offline: a key, an address, DNS answers, a pinned and a forged HTTPS server',
  usage: ['demo'],
  run: (context) => runDemo(context),
}

const address = '203.0.113.10'

async function runDemo(context: CliContext): Promise<ExitCode> {
  const script = createScript(context.terminal)
  const cleanups: Cleanup[] = []
  const folder = await mkdtemp(join(tmpdir(), 'nostr-dns-demo-'))
  cleanups.push(() => rm(folder, { recursive: true, force: true }))
  try {
    await tellStory(script, folder, cleanups)
  } catch (error) {
    script.check(
      'the demo runs to its end',
      'every step needs the one before it',
      false,
      error instanceof Error ? error.message : String(error),
    )
  } finally {
    for (const cleanup of cleanups.toReversed()) await cleanup()
  }
  return script.finish()
}

async function tellStory(script: Script, folder: string, cleanups: Cleanup[]): Promise<void> {
  const relays = [
    await startRelay(join(folder, 'relay-1'), cleanups),
    await startRelay(join(folder, 'relay-2'), cleanups),
  ]
  script.check(
    'two relays listen on this computer',
    'nothing of this demo touches the internet',
    relays.every((url) => url.startsWith('ws://127.0.0.1:')),
    relays.join(' '),
  )

  const owner = await startPerson(join(folder, 'owner'), relays, cleanups)
  const made = must(await owner.client.call('keys.create', { label: 'demo' }))
  const name = `${made.npub}.nostr`
  script.check('a fresh key is a name', 'no registrar was asked', made.npub.length === 63, name)

  const published = must(
    await owner.client.call('publish.address', {
      addresses: [address, '2001:db8::10'],
      follow: false,
    }),
  )
  script.check(
    'its owner publishes two addresses',
    'one signed event, taken by both relays',
    published.state === 'published',
    published.copies.map((copy) => `${copy.format} ${copy.state}`).join(', '),
  )

  const visitor = await startPerson(join(folder, 'visitor'), relays, cleanups)
  const ask = (qname: string, type: 'A' | 'AAAA' | 'TXT'): Promise<Message> =>
    queryUdp(visitor.dnsPort, qname, type)

  const a = await ask(name, 'A')
  script.check(
    'another computer resolves it',
    'the answer comes from the signed event, not from a zone somebody hosts',
    a.answers.some((record) => formatRdata(record.rdata) === address),
    answerText(a),
  )
  const aaaa = await ask(name.toUpperCase(), 'AAAA')
  script.check(
    'case does not matter, IPv6 works',
    'programs may write names as they like (RFC 4343)',
    aaaa.answers.some((record) => formatRdata(record.rdata) === '2001:db8::10'),
    answerText(aaaa),
  )
  const nodata = await ask(name, 'TXT')
  script.check(
    'a type the owner did not publish is NODATA',
    'NOERROR with an SOA, so the name is not denied (RFC 2308)',
    nodata.rcode === rcodes.NOERROR &&
      nodata.answers.length === 0 &&
      nodata.authorities.length === 1,
    answerText(nodata),
  )
  const stranger = must(await visitor.client.call('keys.create', { label: 'nobody' }))
  const missing = await ask(`${stranger.npub}.nostr`, 'A')
  script.check(
    'a key that published nothing is NXDOMAIN',
    'said only because two relays agree',
    missing.rcode === rcodes.NXDOMAIN,
    answerText(missing),
  )

  const firstEvent = await firstOf(relays[0] ?? '', {
    authors: [made.pubkey],
    kinds: [30000],
    limit: 1,
  })
  script.check(
    'a client of the original proof of concept finds it too',
    'the compatibility copy is an untagged kind 30000 event',
    (JSON.parse(firstEvent?.content ?? '{}') as { ip?: string }).ip === address,
    firstEvent?.content ?? 'no event',
  )

  const moved = '203.0.113.77'
  must(await owner.client.call('publish.address', { addresses: [moved], follow: false }))
  const followed = await pollFor(async () => {
    const message = await ask(name, 'A')
    return message.answers.some((record) => formatRdata(record.rdata) === moved)
      ? message
      : undefined
  })
  script.check(
    'the owner moves and the answer follows at once',
    'a live subscription drops exactly this owner from the cache',
    followed !== undefined,
    followed === undefined ? 'still the old address' : answerText(followed),
  )

  await tellHttpsStory(script, { owner, relays, made, folder, cleanups })

  must(await owner.client.call('publish.withdraw', { host: '@' }))
  const withdrawn = await pollFor(async () => {
    const message = await ask(name, 'A')
    return message.rcode === rcodes.NXDOMAIN ? message : undefined
  })
  script.check(
    'the owner withdraws the name',
    'a signed statement that it does not exist',
    withdrawn !== undefined,
    withdrawn === undefined ? 'still resolving' : answerText(withdrawn),
  )
}

function answerText(message: Message): string {
  const rcode = Object.entries(rcodes).find(([, code]) => code === message.rcode)?.[0] ?? 'unknown'
  const data = message.answers.map((record) => `${record.rdata.type} ${formatRdata(record.rdata)}`)
  return [rcode, ...data].join(' ')
}

/** Asks again while the change travels through the relays; gives up after 3 s. */
async function pollFor<T>(probe: () => Promise<T | undefined>): Promise<T | undefined> {
  const deadline = Date.now() + 3000
  while (Date.now() < deadline) {
    const found = await probe()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return undefined
}

/** The first event a relay sends for `filter`, as the proof of concept's client reads it. */
function firstOf(url: string, filter: object): Promise<{ content: string } | undefined> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url)
    const finish = (event: { content: string } | undefined): void => {
      resolve(event)
      socket.terminate()
    }
    socket.on('open', () => socket.send(JSON.stringify(['REQ', 'poc', filter])))
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as [string, ...unknown[]]
      if (message[0] === 'EVENT') finish(message[2] as { content: string })
      if (message[0] === 'EOSE') finish(undefined)
    })
    socket.on('error', () => finish(undefined))
  })
}
