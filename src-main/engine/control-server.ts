import { createServer, type Socket } from 'node:net'
import { chmod, lstat, mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AppError } from '../env/errors.ts'
import type { Logger } from '../env/logger.ts'
import type { Service } from '../env/service.ts'
import type { FromEngine } from './protocol.ts'
import type { Rpc } from './rpc.ts'
import { createLineReader, encodeLine } from './json-lines.ts'

/**
 * Serves the engine's calls to the command line over a local socket that only this user can open.
 * One JSON message a line, as in `protocol.ts`.
 */
export function createControlServer(log: Logger, path: string, rpc: Rpc): Service {
  const clients = new Set<Socket>()
  const server = createServer((socket) => serve(socket))

  const serve = (socket: Socket): void => {
    clients.add(socket)
    let unwatch: (() => void) | undefined
    const send = (message: FromEngine): void => {
      if (!socket.destroyed) socket.write(encodeLine(message))
    }
    const read = createLineReader(
      (value) => {
        if ((value as { type?: unknown } | null)?.type === 'watch') {
          unwatch ??= rpc.onDelta((delta) => send({ type: 'delta', delta }))
          return
        }
        const message = value as {
          type?: unknown
          id?: unknown
          name?: unknown
          argument?: unknown
        }
        if (message?.type !== 'call' || typeof message.id !== 'number') {
          socket.destroy()
          return
        }
        const { id } = message
        void rpc.call(message.name, message.argument).then((reply) => {
          send({ type: 'reply', id, reply })
        })
      },
      (reason) => {
        log.warn('control client sent nonsense and was closed', { reason })
        socket.destroy()
      },
    )
    socket.on('data', read)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      unwatch?.()
      clients.delete(socket)
    })
  }

  return {
    async start() {
      if (process.platform !== 'win32') await prepareFolder(path)
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(path, () => {
          server.off('error', reject)
          resolve()
        })
      })
      if (process.platform !== 'win32') await chmod(path, 0o600)
    },
    async stop() {
      for (const socket of clients) socket.destroy()
      if (server.listening) await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

/**
 * The database lock has already been taken when this runs, so a socket file left here belongs to an
 * engine that died: it is removed. The folder must be this user's own and closed to others.
 */
async function prepareFolder(path: string): Promise<void> {
  const folder = dirname(path)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const facts = await lstat(folder)
  const uid = process.getuid?.()
  if (!facts.isDirectory() || (uid !== undefined && facts.uid !== uid && uid !== 0)) {
    throw new AppError({
      code: 'engine.unsafe-folder',
      message: `${folder} belongs to another user, so the control socket cannot be placed there.`,
      hint: 'Choose another folder with --data-dir.',
    })
  }
  await rm(path, { force: true })
}
