import type { Problem } from '../../env/errors.ts'
import { findPortOwner } from './port-owner.ts'
import type { OpenListener } from './transport.ts'

/** Opens one socket on `address` and `port`; rejects with a Node or system call error. */
export type OpenSocket = (address: string, port: number) => OpenListener | Promise<OpenListener>

/** Where this program listens. IPv6 may be missing; IPv4 loopback may not. */
export const loopbackAddresses = ['127.0.0.1', '::1'] as const

/** Ports tried after the one asked for. */
const fallbackPorts = 64

export type OpenedPort =
  | { readonly ok: true; readonly port: number; readonly sockets: readonly OpenListener[] }
  | { readonly ok: false; readonly error: Problem }

/**
 * Opens every kind of socket in `openers` on one port of every loopback address. All or nothing per
 * port; the next ports are tried when `wantedPort` is busy and `useFallback` is set. Port 0 takes
 * any free one.
 */
export async function openPort(
  openers: readonly OpenSocket[],
  wantedPort: number,
  useFallback: boolean,
): Promise<OpenedPort> {
  const tries = useFallback || wantedPort === 0 ? fallbackPorts : 1
  let failure: unknown
  for (let offset = 0; offset < tries; offset += 1) {
    const port = wantedPort === 0 ? 0 : wantedPort + offset
    if (port > 65_535) break
    const sockets: OpenListener[] = []
    try {
      await openAll(openers, port, sockets)
      return { ok: true, port: sockets[0]?.port ?? port, sockets }
    } catch (error) {
      await Promise.all(sockets.map((socket) => socket.close()))
      failure ??= error
      if (codeOf(error) !== 'EADDRINUSE') {
        failure = error
        break
      }
    }
  }
  return { ok: false, error: await describe(failure, wantedPort) }
}

async function openAll(
  openers: readonly OpenSocket[],
  wantedPort: number,
  sockets: OpenListener[],
): Promise<void> {
  let port = wantedPort
  for (const address of loopbackAddresses) {
    for (const open of openers) {
      try {
        const socket = await open(address, port)
        sockets.push(socket)
        port = socket.port
      } catch (error) {
        const code = codeOf(error)
        const isMissing = code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT'
        if (address === '127.0.0.1' || !isMissing) throw error
        break
      }
    }
  }
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : undefined
}

async function describe(error: unknown, port: number): Promise<Problem> {
  const code = codeOf(error)
  if (code === 'EADDRINUSE') {
    const owner = await findPortOwner(port)
    return {
      code: 'dns.port-in-use',
      message: `Port ${port} is already used by ${owner ?? 'another program'}.`,
      hint: 'Stop that program, choose another port in Settings, or allow the next free port.',
    }
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return {
      code: 'dns.no-permission',
      message: `This user may not listen on port ${port}.`,
      hint: 'Choose a port above 1023 in Settings.',
    }
  }
  const reason = error instanceof Error ? error.message : String(error)
  return { code: 'dns.listen-failed', message: `Cannot listen on port ${port}: ${reason}` }
}
