import { connect, type Socket } from 'node:net'
import type { CallName } from '../../src-preload/contract/calls.ts'
import type { Delta } from '../../src-preload/contract/model.ts'
import type { EngineClient, Reply } from '../../src-preload/contract/replies.ts'
import type { FromEngine } from './protocol.ts'
import { createLineReader, encodeLine } from './json-lines.ts'

export interface ControlClient extends EngineClient {
  close(): void
  /** Resolves when the engine ends the connection. */
  readonly closed: Promise<void>
}

/** Connects to a running engine; resolves to undefined when none listens at `path`. */
export async function connectControl(path: string): Promise<ControlClient | undefined> {
  const socket = await openSocket(path)
  return socket === undefined ? undefined : createClient(socket)
}

function openSocket(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => resolve(socket))
    socket.once('error', () => resolve(undefined))
  })
}

function createClient(socket: Socket): ControlClient {
  let nextId = 1
  const waiting = new Map<number, (reply: Reply<CallName>) => void>()
  const listeners = new Set<(delta: Delta) => void>()
  const read = createLineReader(
    (value) => {
      const message = value as FromEngine
      if (message.type === 'reply') {
        waiting.get(message.id)?.(message.reply)
        waiting.delete(message.id)
      } else if (message.type === 'delta') {
        for (const listener of listeners) listener(message.delta)
      }
    },
    () => socket.destroy(),
  )
  socket.on('data', read)
  socket.on('error', () => socket.destroy())
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      for (const settle of waiting.values()) {
        settle({
          ok: false,
          error: { code: 'engine.gone', message: 'The running engine ended before it answered.' },
        })
      }
      waiting.clear()
      resolve()
    })
  })
  return {
    call<C extends CallName>(name: C, argument: unknown): Promise<Reply<C>> {
      return new Promise((resolve) => {
        const id = nextId++
        waiting.set(id, resolve as (reply: Reply<CallName>) => void)
        socket.write(encodeLine({ type: 'call', id, name, argument }))
      })
    },
    onDelta(listener) {
      if (listeners.size === 0) socket.write(encodeLine({ type: 'watch' }))
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: () => socket.destroy(),
    closed,
  }
}
