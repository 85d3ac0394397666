import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { acceptEveryPeer, createPeerGuard, userOfSocket } from './peer-user.ts'
import { openSocketDiagnosis } from './socket-diagnosis.ts'

const header =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'
/** A line of /proc/net/tcp: 127.0.0.1:`local` to 127.0.0.1:`remote`. */
const line = (local: string, remote: string, state: string, uid: number): string =>
  `   2: 0100007F:${local} 0100007F:${remote} ${state} 00000000:00000000 00:00000000 00000000  ${uid}        0 2137542 1 0 20 4 20 86 -1\n`

test.each([
  ['the other end of the connection', line('C001', '458D', '01', 1000), 1000],
  ['our own end only', line('458D', 'C001', '01', 7), undefined],
  ['another connection of that port', line('C001', '0050', '01', 7), undefined],
  ['a connection that is over', line('C001', '458D', '06', 0), undefined],
  [
    'the same port of another address',
    line('C001', '458D', '01', 7).replace('0100007F:C001', '0200007F:C001'),
    undefined,
  ],
  [
    'an IPv4-mapped socket',
    line('C001', '458D', '01', 1001).replace(
      '0100007F:C001',
      '0000000000000000FFFF00000100007F:C001',
    ),
    1001,
  ],
  ['nothing', '', undefined],
])('finds %s', (_what, lines, uid) => {
  expect(userOfSocket(header + lines, '127.0.0.1', 0xc001, 0x458d)).toBe(uid)
})

const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === '::1'),
)

describe.skipIf(process.platform !== 'linux').each(hasIpv6 ? ['127.0.0.1', '::1'] : ['127.0.0.1'])(
  'on Linux, %s',
  (loopback) => {
    const ownUid = process.getuid?.() ?? 0
    let server: Server
    let client: Socket
    let peer: Socket

    beforeAll(async () => {
      server = createServer().listen(0, loopback)
      await once(server, 'listening')
      client = connect((server.address() as AddressInfo).port, loopback)
      ;[peer] = (await once(server, 'connection')) as [Socket]
    })
    afterAll(() => {
      client.destroy()
      server.close()
    })

    it('asks the kernel for the user of a connection', () => {
      const diagnosis = openSocketDiagnosis()
      const { port } = server.address() as AddressInfo
      expect(diagnosis?.userOf(loopback, client.localPort ?? 0, loopback, port)).toBe(ownUid)
      expect(diagnosis?.userOf(loopback, 1, loopback, port)).toBeUndefined()
      diagnosis?.close()
      diagnosis?.close()
      expect(diagnosis?.userOf(loopback, client.localPort ?? 0, loopback, port)).toBeUndefined()
    })

    it.each([
      ['netlink', undefined],
      ['/proc', () => undefined],
    ])('accepts this user and refuses others, by %s', async (_way, noDiagnosis) => {
      const sources = {
        openDiagnosis: noDiagnosis ?? openSocketDiagnosis,
        tables: ['/proc/net/tcp', '/proc/net/tcp6'],
      }
      const own = createPeerGuard(ownUid, sources)
      const other = createPeerGuard(ownUid + 1, sources)
      expect(await own.allows(peer)).toBe(true)
      expect(await other.allows(peer)).toBe(false)
      own.close()
      other.close()
    })

    it('refuses a connection nobody lists, and accepts where nothing can be read', async () => {
      const directory = await mkdtemp(join(tmpdir(), 'nostr-dns-peer-'))
      const empty = join(directory, 'tcp')
      await writeFile(empty, header)
      const openDiagnosis = (): undefined => undefined
      const listed = createPeerGuard(ownUid, { openDiagnosis, tables: [empty] })
      const blind = createPeerGuard(ownUid, { openDiagnosis, tables: [join(directory, 'none')] })
      expect(await listed.allows(peer)).toBe(false)
      expect(await blind.allows(peer)).toBe(true)
      expect(await acceptEveryPeer().allows(peer)).toBe(true)
      await rm(directory, { recursive: true })
    })

    it('does without koffi', () => {
      expect(
        openSocketDiagnosis(() => {
          throw new Error('not installed')
        }),
      ).toBeUndefined()
    })
  },
)
