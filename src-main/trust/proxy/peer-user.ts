import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { endianness } from 'node:os'
import ipaddr from 'ipaddr.js'
import { openSocketDiagnosis, type SocketDiagnosis } from './socket-diagnosis.ts'

/** Says whether the program at the other end of a loopback connection may use this proxy. */
export interface PeerGuard {
  allows(socket: Socket): Promise<boolean>
  close(): void
}

/** Accepts everybody: for platforms that cannot tell, and services shared by several users. */
export function acceptEveryPeer(): PeerGuard {
  return { allows: () => Promise.resolve(true), close: () => undefined }
}

export interface PeerSources {
  readonly openDiagnosis: () => SocketDiagnosis | undefined
  readonly tables: readonly string[]
}

const systemSources: PeerSources = {
  openDiagnosis: openSocketDiagnosis,
  tables: ['/proc/net/tcp', '/proc/net/tcp6'],
}

/**
 * Accepts programs of user `uid` only. Linux tells the user of the other socket, by netlink or else
 * in /proc/net; where neither can be had everybody is accepted.
 */
export function createPeerGuard(uid: number, sources = systemSources): PeerGuard {
  const diagnosis = sources.openDiagnosis()
  return {
    async allows({ remoteAddress, remotePort, localAddress, localPort }) {
      if (remoteAddress === undefined || remotePort === undefined) return false
      if (localAddress === undefined || localPort === undefined) return false
      const owner = diagnosis?.userOf(remoteAddress, remotePort, localAddress, localPort)
      if (owner !== undefined) return owner === uid
      return isListedFor(uid, sources.tables, remoteAddress, remotePort, localPort)
    },
    close: () => diagnosis?.close(),
  }
}

/**
 * The tables are read twice before a connection that is not in them is refused, because a line can
 * be skipped while others change.
 */
async function isListedFor(
  uid: number,
  tables: readonly string[],
  address: string,
  port: number,
  remotePort: number,
): Promise<boolean> {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    let isReadable = false
    for (const table of tables) {
      const text = await readFile(table, 'latin1').catch(() => undefined)
      if (text === undefined) continue
      isReadable = true
      const owner = userOfSocket(text, address, port, remotePort)
      if (owner !== undefined) return owner === uid
    }
    if (!isReadable) return true
  }
  return false
}

const columnsOfLine =
  /^\s*\d+: ([0-9A-F]+:[0-9A-F]{4}) [0-9A-F]+:([0-9A-F]{4}) ([0-9A-F]{2}) \S+ \S+ \S+\s+(\d+)/gm
/** TCP_TIME_WAIT: such a socket belongs to nobody any more and its user column is 0. */
const timeWait = '06'

/**
 * The user id, in a /proc/net/tcp or tcp6 table, of the socket bound to `address` and `port` (tcp6
 * lists IPv4 in IPv4-mapped form) and connected to port `remotePort`.
 */
export function userOfSocket(
  table: string,
  address: string,
  port: number,
  remotePort: number,
): number | undefined {
  const local = `${hexAddress(address)}:${hexPort(port)}`
  if (!table.includes(`${local} `)) return undefined
  for (const [, end = '', remote, state, uid] of table.matchAll(columnsOfLine)) {
    if (end.endsWith(local) && remote === hexPort(remotePort) && state !== timeWait) {
      return Number(uid)
    }
  }
  return undefined
}

/** The kernel prints addresses as 32-bit numbers of this machine. */
function hexAddress(address: string): string {
  const octets = ipaddr.parse(address).toByteArray()
  let text = ''
  for (let at = 0; at < octets.length; at += 4) {
    const word = octets.slice(at, at + 4)
    const ordered = endianness() === 'LE' ? word.toReversed() : word
    text += ordered.map((octet) => octet.toString(16).padStart(2, '0')).join('')
  }
  return text.toUpperCase()
}

function hexPort(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0')
}
