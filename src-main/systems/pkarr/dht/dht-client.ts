import type { Env, Unsubscribe } from '../../../env/env.ts'
import { isPrivateAddress } from '../../address-filter.ts'
import { createBootstrap } from './bootstrap.ts'
import { endpointKey, type Contact, type Endpoint } from './contact.ts'
import { createExternalAddress } from './external-address.ts'
import { createKrpcSocket, type TimedReply } from './krpc-socket.ts'
import type { Refusal } from './krpc-message.ts'
import { idLength, secureNodeId } from './node-id.ts'
import { createRoutingTable, type RoutingTable } from './routing-table.ts'
import { createTurns } from './turns.ts'
import { walk, type TokenHolder, type WalkOptions, type WalkResult } from './walk.ts'
import { storeSize } from './candidates.ts'

/** A node worth asking in the next run. */
export interface SavedNode {
  /** Hex. */
  readonly id: string
  readonly host: string
  readonly port: number
}

/** Keeps nodes from one run to the next. */
export interface NodeStore {
  load(): Promise<readonly SavedNode[]>
  save(nodes: readonly SavedNode[]): Promise<void>
}

export interface DhtClientDeps {
  readonly bootstrap: () => readonly string[]
  /** IPv4 addresses of a bootstrap name. It must never ask our own listeners. */
  readonly lookupHost: (name: string) => Promise<readonly string[]>
  readonly nodes: NodeStore
  /** Whether a node at this address may be asked. By default: unless it is private. */
  readonly allowsAddress?: (host: string) => boolean
}

export type GetOptions = Pick<WalkOptions, 'target' | 'args' | 'onReply' | 'signal'>

/** A node that only asks: it stores nothing for others and answers nobody (BEP 43). */
export interface DhtClient {
  /** Binds the socket and recalls the nodes of the last run. Rejects if the port cannot be had. */
  open(port: number): Promise<void>
  /** Asks the nodes around `target`. Never rejects. */
  get(options: GetOptions): Promise<WalkResult>
  /** Announces to `holders`. Never rejects. */
  put(
    holders: readonly TokenHolder[],
    args: WalkOptions['args'],
    signal: AbortSignal,
  ): Promise<readonly PutAnswer[]>
  /** Looks for nodes around itself, so that the next look-up starts from living ones. */
  refresh(signal: AbortSignal): Promise<WalkResult>
  port(): number | undefined
  /** Nodes known. */
  size(): number
  /** Mean round trip of late. Milliseconds. */
  latencyMs(): number | undefined
  /** Frees the socket and all timers at once; resolves when the nodes are saved. */
  close(): Promise<void>
}

export interface PutAnswer {
  readonly holder: TokenHolder
  readonly outcome: 'stored' | 'silent' | Refusal
}

/** Nodes kept for the next run. */
const maxSaved = 200
/** Walks at once; more wait for their turn. */
const maxWalks = 32
const saveEveryMs = 10 * 60_000

/** `onGone`: the operating system took the socket away; `open` may be called again. */
export function createDhtClient(
  env: Env,
  deps: DhtClientDeps,
  onGone: (error: Error) => void,
): DhtClient {
  const allowsAddress = deps.allowsAddress ?? ((host: string) => !isPrivateAddress(host))
  const bootstrap = createBootstrap(env, deps.bootstrap, deps.lookupHost)
  const socket = createKrpcSocket(env, onGone)
  const turns = createTurns(maxWalks)
  const external = createExternalAddress()
  let ownId: Uint8Array = env.random.bytes(idLength)
  let table = createRoutingTable(ownId, env.clock.nowMs)
  let latencyMs: number | undefined
  let cancelSave: Unsubscribe = () => undefined

  const moveTo = (id: Uint8Array): void => {
    ownId = id
    socket.setId(id)
    const moved = createRoutingTable(id, env.clock.nowMs)
    for (const contact of table.good()) moved.heard(contact)
    table = moved
  }

  const save = async (): Promise<void> => {
    const nodes = table.good().slice(0, maxSaved)
    // Nothing heard in this run: what was saved before is the better start.
    if (nodes.length === 0) return
    try {
      await deps.nodes.save(nodes.map(toSaved))
    } catch (error) {
      env.log.warn('the nodes of the DHT could not be saved', { error })
    }
  }

  const saveLater = (): void => {
    cancelSave = env.clock.schedule(saveEveryMs, () => {
      void save()
      saveLater()
    })
  }

  const run = async (
    options: Pick<WalkOptions, 'target' | 'method' | 'args' | 'onReply' | 'signal'>,
  ): Promise<WalkResult> => {
    const release = await turns.take(options.signal)
    try {
      const result = await walk(socket, {
        ...options,
        ownId,
        seeds: table.closest(options.target, storeSize),
        moreSeeds: () => bootstrap.endpoints(),
        allowsAddress,
        isUnique: (host) => !isPrivateAddress(host),
        onReply(reply, from) {
          const isHonest = options.onReply(reply, from)
          if (isHonest) learn(reply, from)
          else table.drop(from)
          return isHonest
        },
      })
      // With no answer at all it is our network that is down, not theirs.
      if (result.answers > 0) for (const endpoint of result.silent) table.failed(endpoint)
      return result
    } finally {
      release()
    }
  }

  const learn = (reply: TimedReply, from: Contact): void => {
    table.heard(from)
    latencyMs = Math.round(
      latencyMs === undefined ? reply.rttMs : latencyMs * 0.9 + reply.rttMs * 0.1,
    )
    if (reply.externalHost === undefined) return
    const host = external.vote(endpointKey(from), reply.externalHost)
    if (host !== undefined) moveTo(secureNodeId(host, env.random.bytes(idLength)))
  }

  const recall = async (into: RoutingTable): Promise<void> => {
    try {
      for (const node of (await deps.nodes.load()).slice(0, maxSaved)) {
        const contact = fromSaved(node)
        if (contact !== undefined && allowsAddress(contact.host)) into.recall(contact)
      }
    } catch (error) {
      env.log.warn('the nodes of the last run could not be read', { error })
    }
  }

  return {
    async open(port) {
      await socket.open(port)
      socket.setId(ownId)
      if (table.size() === 0) await recall(table)
      if (socket.port() === undefined) throw new Error('The socket was closed.')
      cancelSave()
      saveLater()
    },
    get: (options) => run({ ...options, method: 'get' }),
    put: (holders, args, signal) =>
      Promise.all(
        holders.map(async (holder) => {
          const answer = await socket.query({
            to: holder,
            method: 'put',
            args: { ...args, token: holder.token },
            signal,
          })
          const outcome =
            answer.kind === 'refusal' ? answer : answer.kind === 'reply' ? 'stored' : 'silent'
          return { holder, outcome } as const
        }),
      ),
    refresh: (signal) =>
      run({
        target: ownId,
        method: 'find_node',
        args: { target: ownId },
        onReply: () => true,
        signal,
      }),
    port: () => socket.port(),
    size: () => table.size(),
    latencyMs: () => latencyMs,
    async close() {
      cancelSave()
      socket.close()
      await save()
    },
  }
}

function toSaved({ id, host, port }: Contact): SavedNode {
  return { id: Buffer.from(id).toString('hex'), host, port }
}

function fromSaved({ id, host, port }: SavedNode): Contact | undefined {
  const bytes = Buffer.from(id, 'hex')
  return bytes.length === idLength && isEndpoint({ host, port })
    ? { id: bytes, host, port }
    : undefined
}

function isEndpoint({ host, port }: Endpoint): boolean {
  return (
    /^\d{1,3}(?:\.\d{1,3}){3}$/u.test(host) && Number.isInteger(port) && port > 0 && port < 65_536
  )
}
