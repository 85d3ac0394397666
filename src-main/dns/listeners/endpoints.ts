import type { Problem } from '../../env/errors.ts'
import type { ListenerStatus } from '../../../src-preload/contract/model.ts'
import type { OpenSocket } from './open-port.ts'
import { openPort } from './open-port.ts'
import type { OpenListener } from './transport.ts'

export interface EndpointPlan {
  readonly id: ListenerStatus['id']
  readonly protocols: ListenerStatus['protocols']
  /** How UDP is done; absent when the endpoint has no UDP. */
  readonly engine?: 'batched' | 'portable'
  readonly port: number
  readonly usePortFallback: boolean
  /** Opens the sockets of one address and port, UDP first. */
  readonly openers: readonly OpenSocket[]
}

/** One of the three listeners, opened and closed as a unit. */
export interface ListeningEndpoint {
  /** Never rejects: a failure is in the status and returned. */
  open(plan: EndpointPlan): Promise<Problem | undefined>
  close(): Promise<void>
  status(): ListenerStatus
}

export function createEndpoint(id: ListenerStatus['id']): ListeningEndpoint {
  let sockets: readonly OpenListener[] = []
  let status: ListenerStatus = {
    id,
    protocols: [],
    addresses: [],
    port: 0,
    wantedPort: 0,
    state: 'off',
  }
  const close = async (): Promise<void> => {
    const closing = sockets
    sockets = []
    status = { ...status, state: 'off', addresses: [] }
    await Promise.all(closing.map((socket) => socket.close()))
  }
  return {
    async open(plan) {
      await close()
      const opened = await openPort(plan.openers, plan.port, plan.usePortFallback)
      const base = { id, protocols: plan.protocols, wantedPort: plan.port }
      if (!opened.ok) {
        status = {
          ...base,
          addresses: [],
          port: plan.port,
          state: 'failed',
          problem: opened.error.message,
        }
        return opened.error
      }
      sockets = opened.sockets
      status = {
        ...base,
        addresses: [...new Set(sockets.map((socket) => socket.address))],
        port: opened.port,
        state: 'listening',
        ...(plan.engine && { engine: plan.engine }),
      }
      return undefined
    },
    close,
    status: () => status,
  }
}
