import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Message } from '../dns/wire/message.ts'
import { rcodes } from '../dns/wire/message.ts'
import type { Snapshot } from '../../src-preload/contract/model.ts'
import { formatMetrics } from './metrics.ts'
import { queryUdp } from './query-udp.ts'
import { extractedProgram } from './testing/extracted-program.ts'
import {
  documentedFile,
  end,
  freePort,
  othersAddress,
  ownersAddress,
  saying,
  startOperatorSite,
  type OperatorSite,
} from './testing/operator-site.ts'

const unbound = extractedProgram('unbound', 'usr/sbin/unbound')
const dnsdist = extractedProgram('dnsdist', 'usr/bin/dnsdist')
const docs = new URL('../../docs/', import.meta.url)

let site: OperatorSite
beforeAll(async () => {
  site = await startOperatorSite()
}, 60_000)
afterAll(() => site.stop())

function addresses(message: Message): readonly string[] {
  return message.answers.flatMap(({ rdata }) => (rdata.type === 'A' ? [rdata.address] : []))
}

describe.skipIf(unbound === undefined)('behind unbound (unpacked by npm test)', () => {
  /** unbound on a free port with the documented file, changed by `edit`. */
  async function startUnbound(splitPort: number, edit = (text: string): string => text) {
    const port = await freePort()
    const included = join(site.folder, `nostr-dns-${port}.conf`)
    const documented = await documentedFile('/etc/unbound/unbound.conf.d/nostr-dns.conf')
    await writeFile(included, edit(documented.replaceAll('@5364', `@${splitPort}`)))
    const config = join(site.folder, `unbound-${port}.conf`)
    await writeFile(config, unboundConfig(port, site.others.port, included))
    const child = unbound?.start(['-d', '-c', config])
    if (child === undefined) throw new Error('unbound is not there')
    await saying(child, /start of service/u)
    return {
      port,
      ask: (name: string) => queryUdp(port, name, 'A'),
      stop: () => end(child, 'SIGTERM'),
    }
  }

  test('our names come from us, others from where they came before, also when we are dead', async () => {
    const instance = await site.startInstance()
    const front = await startUnbound(instance.splitPort)
    try {
      expect(addresses(await front.ask(`www.${site.ownersName}`))).toEqual([ownersAddress])
      expect(addresses(await front.ask('host.example.com'))).toEqual([othersAddress])
      expect(site.others.asked.filter((name) => name.includes('npub1'))).toEqual([])
      expect(await instance.metric('nostr_dns_queries_by_kind_total{kind="refused"}')).toBe(0)
      expect(await instance.metric('nostr_dns_queries_total')).toBeGreaterThan(0)

      await instance.kill()
      // unbound tries again for a long time; nobody else is asked for the name meanwhile.
      const unanswered = front.ask(`unknown.${site.ownersName}`).then(addresses, () => [])
      expect(addresses(await front.ask('other.example.com'))).toEqual([othersAddress])
      expect(await unanswered).toEqual([])
      expect(site.others.asked.filter((name) => name.includes('npub1'))).toEqual([])
    } finally {
      await front.stop()
    }
  })

  test('a second instance takes over, as a further stub-addr', async () => {
    const [first, second] = [await site.startInstance(), await site.startInstance()]
    const front = await startUnbound(first.splitPort, (text) =>
      text.replaceAll(/^ *stub-addr: .*$/gmu, `$&\n    stub-addr: 127.0.0.1@${second.splitPort}`),
    )
    try {
      expect(addresses(await front.ask(`a.${site.ownersName}`))).toEqual([ownersAddress])
      await first.kill()
      for (const host of ['b', 'c', 'd', 'e']) {
        // unbound notices by its own timeouts, which on a busy machine outlast a stub's first attempt.
        expect(await askTwice(front.port, `${host}.${site.ownersName}`)).toBe(ownersAddress)
      }
    } finally {
      await front.stop()
      await second.kill()
    }
  }, 60_000)

  test.each([
    ['do-not-query-localhost', /^\s*do-not-query-localhost: no$/mu],
    ['domain-insecure', /^\s*domain-insecure: "nostr\."$/mu],
    ['private-domain', /^\s*private-domain: "nostr\."$/mu],
  ])('%s is needed', async (_option, line) => {
    const instance = await site.startInstance()
    const without = await startUnbound(instance.splitPort, (text) => {
      expect(text).toMatch(line)
      return text.replace(line, '')
    })
    try {
      const reply = await without.ask(`www.${site.ownersName}`)
      expect([reply.rcode, addresses(reply)]).not.toEqual([rcodes.NOERROR, [ownersAddress]])
    } finally {
      await without.stop()
      await instance.kill()
    }
  })
})

/** Around the documented file: what keeps unbound to this test, and what a strict operator has. */
function unboundConfig(port: number, othersPort: number, included: string): string {
  return `server:
  directory: ""
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  verbosity: 1
  interface: 127.0.0.1@${port}
  # The root is signed, so that an unsigned name is believed only where that is said.
  trust-anchor: ". DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"
  domain-insecure: "example.com."
  # Rebinding protection, here with the range that the owner's address is of.
  private-address: 203.0.113.0/24
remote-control:
  control-enable: no
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@${othersPort}
include: ${included}
`
}

describe.skipIf(dnsdist === undefined)(
  'two instances behind dnsdist (unpacked by npm test)',
  () => {
    test('one is killed under load, and no look-up fails', async () => {
      const [a, b] = [await site.startInstance(), await site.startInstance()]
      const port = await freePort()
      const documented = await documentedFile('/etc/dnsdist/dnsdist.conf')
      const config = join(site.folder, 'dnsdist.conf')
      const replaced = [
        ['127.0.0.1:53"', `127.0.0.1:${port}"`],
        ['[::1]:53"', `[::1]:${port}"`],
        ['127.0.0.1:5364', `127.0.0.1:${a.splitPort}`],
        ['127.0.0.1:5464', `127.0.0.1:${b.splitPort}`],
        ['192.0.2.53:53', `127.0.0.1:${site.others.port}`],
      ].reduce((text, [from = '', to = '']) => {
        expect(text).toContain(from)
        return text.replaceAll(from, to)
      }, documented)
      await writeFile(config, replaced)
      const child = dnsdist?.start(['--supervised', '--disable-syslog', '-C', config])
      if (child === undefined) throw new Error('dnsdist is not there')
      try {
        await saying(child, /Marking downstream b .* as 'up'/u)
        expect(addresses(await queryUdp(port, 'host.example.com', 'A'))).toEqual([othersAddress])

        const load = createLoad(port, site.ownersName)
        await load.until(400)
        const before = await b.metric('nostr_dns_queries_total')
        expect(await a.metric('nostr_dns_queries_total')).toBeGreaterThan(before / 4)
        await a.kill()
        await load.until(1600)
        expect(await load.stop()).toEqual([])
        expect(await b.metric('nostr_dns_queries_total')).toBeGreaterThan(before + 600)
      } finally {
        await end(child, 'SIGTERM')
      }
    }, 60_000)
  },
)

/** Stub resolvers that each ask for one new name after the other. */
function createLoad(port: number, name: string) {
  const failed: string[] = []
  let serial = 0
  let answered = 0
  let isOver = false
  const waiting: { readonly count: number; readonly resolve: () => void }[] = []

  const resolver = async (): Promise<void> => {
    while (!isOver) {
      const host = `h${serial++}.${name}`
      const reply = await askTwice(port, host)
      if (reply !== ownersAddress) failed.push(`${host}: ${reply}`)
      answered += 1
      for (const { count, resolve } of waiting) if (answered >= count) resolve()
    }
  }
  const resolvers = Array.from({ length: 16 }, resolver)
  return {
    until: (count: number) =>
      new Promise<void>((resolve) => {
        if (answered >= count) resolve()
        else waiting.push({ count, resolve })
      }),
    async stop() {
      isOver = true
      await Promise.all(resolvers)
      return failed
    },
  }
}

/** As glibc's stub resolver: a question without an answer is asked once more (resolv.conf(5)). */
async function askTwice(port: number, name: string): Promise<string> {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const reply = await queryUdp(port, name, 'A').catch(() => undefined)
    if (reply !== undefined) {
      return reply.rcode === rcodes.NOERROR ? addresses(reply).join() : `rcode ${reply.rcode}`
    }
  }
  return 'no answer'
}

test.skipIf(!existsSync('/usr/bin/systemd-analyze'))(
  'systemd understands the unit, also as a second instance',
  async () => {
    const unit = await readFile(new URL('nostr-dns.service', docs), 'utf8')
    const program = unit.replace('/usr/bin/nostr-dns ', `${process.execPath} `)
    expect(program).not.toBe(unit)
    const path = join(site.folder, 'nostr-dns.service')
    await writeFile(path, program)
    const page = await readFile(new URL('operators.md', docs), 'utf8')
    const makeSecond = /^sed -e .*?nostr-dns\.service(?= >)/msu.exec(page)?.[0] ?? 'false'
    const run = promisify(execFile)
    const { stdout } = await run('sh', ['-c', makeSecond], { cwd: site.folder })
    expect(stdout).toMatch(/^StateDirectory=nostr-dns-server-b$/mu)
    expect(stdout).toMatch(/^ExecStart=.*%S\/nostr-dns-server-b .*--split-port 5464.*$/mu)
    const second = join(site.folder, 'nostr-dns-b.service')
    await writeFile(second, stdout)
    const { stderr } = await run('systemd-analyze', ['verify', path, second])
    expect(stderr).toBe('')
  },
)

test('the service has another folder than the helper: systemd gives it a link to one of its user', async () => {
  const unit = await readFile(new URL('nostr-dns.service', docs), 'utf8')
  const helper = await readFile(new URL('../assets/helper/dns-helper.sh', docs), 'utf8')
  const [, folder = ''] = /^StateDirectory=(.+)$/mu.exec(unit) ?? []
  const [, state = ''] = / state=\/var\/lib\/(\S+)$/mu.exec(helper) ?? []
  expect([folder, state]).toEqual(['nostr-dns-server', 'nostr-dns'])
})

test('the documented metrics are the ones there are', async () => {
  const page = await readFile(new URL('operators.md', docs), 'utf8')
  const documented = [...page.matchAll(/^\| `(nostr_dns_\w+)/gmu)].map((match) => match[1] ?? '')
  const state = {
    resolver: { enabled: true },
    counters: {},
    relays: [],
    publish: {},
    health: [],
  } as unknown as Snapshot
  const served = [...formatMetrics(state, 0).matchAll(/^# TYPE (\S+)/gmu)].map(
    (match) => match[1] ?? '',
  )
  expect(documented.toSorted()).toEqual(served.toSorted())
})
