import type { RequestListener } from 'node:http'
import { isIP, type Socket } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { Health } from '../../env/health.ts'
import type { Logger } from '../../env/logger.ts'
import type { TransparentStatus } from '../terminator.ts'
import { openTransparentFront, type TransparentFront } from './transparent-front.ts'
import { transparentProblem } from './transparent-problem.ts'

export interface TransparentPorts {
  readonly tls: number
  readonly http: number
}

export interface TransparentModeDeps {
  readonly log: Logger
  readonly health: Health
  readonly ports: TransparentPorts
  readonly platform?: NodeJS.Platform
  onTls(socket: Socket): void
  readonly onRequest: RequestListener
}

export interface TransparentMode {
  status(): TransparentStatus
  /** Opens or closes the ports, one change after the other. Never rejects. */
  set(isWanted: boolean): Promise<TransparentStatus>
  /** Whether a connection to `address` and `port` would come out here. */
  leadsBack(address: string, port: number): boolean
}

const healthKey = 'trust.transparent'

/** The listeners of the transparent mode, and what is known about them. */
export function createTransparentMode(deps: TransparentModeDeps): TransparentMode {
  const { log, health, ports } = deps
  let front: TransparentFront | undefined
  let problem: string | undefined
  let queue: Promise<unknown> = Promise.resolve()

  const open = async (): Promise<void> => {
    try {
      front = await openTransparentFront({
        log,
        tlsPort: ports.tls,
        httpPort: ports.http,
        onTls: deps.onTls,
        onRequest: deps.onRequest,
      })
      problem = undefined
      health.clear(healthKey)
      log.info('transparent mode', { addresses: front.addresses, port: front.tlsPort })
    } catch (error) {
      const why = await transparentProblem(error, ports.tls, deps.platform ?? process.platform)
      problem = why.message
      health.raise(healthKey, 'warning', why)
      log.warn('the transparent mode is not available', { code: why.code })
    }
  }
  const close = async (): Promise<void> => {
    problem = undefined
    health.clear(healthKey)
    const closing = front
    front = undefined
    await closing?.close()
  }
  const status = (): TransparentStatus => ({
    state: front !== undefined ? 'listening' : problem === undefined ? 'off' : 'failed',
    addresses: front?.addresses ?? [],
    tlsPort: front?.tlsPort ?? ports.tls,
    redirectsHttp: front?.httpPort !== undefined,
    ...(problem === undefined ? {} : { problem }),
  })

  return {
    status,
    set(isWanted) {
      const change = queue.then(async () => {
        if (!isWanted) await close()
        else if (front === undefined) await open()
        return status()
      })
      queue = change
      return change
    },
    leadsBack(address, port) {
      if (front === undefined || (port !== front.tlsPort && port !== front.httpPort)) return false
      return isOneOf(front.addresses, address)
    },
  }
}

/**
 * Whether `address` reaches one of the loopback `addresses`: also written as IPv4-mapped, and as the
 * unspecified address, which systems take for loopback when it is dialled.
 */
function isOneOf(addresses: readonly string[], address: string): boolean {
  if (isIP(address) === 0) return false
  const parsed = ipaddr.process(address)
  if (parsed.range() === 'unspecified') return true
  return addresses.some((own) => ipaddr.process(own).toString() === parsed.toString())
}
