import { once } from 'node:events'
import type { Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import type { Env } from '../../../env/env.ts'
import { ok } from '../../../env/errors.ts'
import type { TlsObservation } from '../../terminator.ts'
import { createFakePins, type FakePins } from '../../terminator/testing/fake-pins.ts'
import { openTunnel } from '../../terminator/testing/proxy-client.ts'
import {
  createNostrWindowService,
  type NostrWindowDeps,
  type NostrWindowService,
  type WindowAnswer,
} from '../nostr-window-service.ts'

/** A documentation address (RFC 5737) that `route` leads to ports of this computer. */
export const publicAddress = '203.0.113.1'

export interface TestWindow {
  readonly service: NostrWindowService
  readonly pins: FakePins
  readonly observations: readonly TlsObservation[]
  /** Addresses given for a domain; `publicAddress` without. */
  readonly addresses: Map<string, readonly string[]>
  /** Which port of this computer an address really leads to, by port asked for. */
  readonly ports: Map<number, number>
  readonly dialled: string[]
  proxyPort(): number
  prepare(): Promise<void>
  judge(domain: string, der?: string, port?: number): Promise<WindowAnswer>
  /** Opens a page's connection as Chromium does: tunnel, handshake, verdict. */
  visit(domain: string, port?: number): Promise<TLSSocket | number | 'refused'>
  close(): Promise<void>
}

/** The engine's half of the window, with fake pins and a client in Chromium's place. */
export async function startTestWindow(
  env: Env,
  options: Partial<NostrWindowDeps> = {},
): Promise<TestWindow> {
  const pins = createFakePins()
  const observations: TlsObservation[] = []
  const addresses = new Map<string, readonly string[]>()
  const ports = new Map<number, number>()
  const dialled: string[] = []
  const clients = new Set<Socket>()
  const service = createNostrWindowService(env, {
    pins,
    resolve: (domain) => Promise.resolve(ok(addresses.get(domain) ?? [publicAddress])),
    allowsPrivate: () => false,
    isAllowed: () => Promise.resolve(true),
    route(wanted, port) {
      dialled.push(...wanted)
      return { host: '127.0.0.1', port: ports.get(port) ?? 1 }
    },
    ...options,
  })
  service.onObservation((observation) => observations.push(observation))
  await service.start()
  let proxyPort = 0

  const window: TestWindow = {
    service,
    pins,
    observations,
    addresses,
    ports,
    dialled,
    proxyPort: () => proxyPort,
    async prepare() {
      const prepared = await service.prepare()
      if (!prepared.ok) throw new Error(prepared.error.message)
      ;({ proxyPort } = prepared.value)
    },
    async judge(domain, der, port = 443) {
      const answer = await service.judge({ domain, port, der }, AbortSignal.timeout(5000))
      if (!answer.ok) throw new Error(answer.error.code)
      return answer.value
    },
    async visit(domain, port = 443) {
      const { socket, status } = await openTunnel(proxyPort, `${domain}:${port}`)
      clients.add(socket)
      if (status !== 200) return status
      const secure = connectTls({ socket, servername: domain, rejectUnauthorized: false })
      secure.on('error', () => undefined)
      await once(secure, 'secureConnect')
      const der = secure.getPeerX509Certificate()?.raw.toString('base64') ?? ''
      const { allowed } = await window.judge(domain, der, port)
      if (allowed) return secure
      secure.destroy()
      return 'refused'
    },
    async close() {
      await service.stop()
      for (const client of clients) client.destroy()
    },
  }
  await window.prepare()
  return window
}
