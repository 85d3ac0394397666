import type { Socket } from 'node:net'
import type { Clock } from '../../env/env.ts'
import { readClientHello, type ClientHello } from './client-hello.ts'

export type PeekedHello =
  | { readonly kind: 'hello'; readonly hello: ClientHello }
  | { readonly kind: 'invalid'; readonly reason: string }
  /** The client went away. */
  | { readonly kind: 'closed' }

/** Time a client may take for its ClientHello. Milliseconds. */
export const helloTimeoutMs = 10_000

/**
 * Waits for the whole ClientHello on `socket` and puts every byte back, so that a TLS server can be
 * laid over the socket as if nothing had been read. The socket is left paused.
 */
export function peekClientHello(socket: Socket, clock: Clock): Promise<PeekedHello> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let size = 0
    let needs = 0
    const finish = (result: PeekedHello): void => {
      cancelTimer()
      socket.off('data', onData)
      socket.off('end', onClosed)
      socket.off('close', onClosed)
      socket.pause()
      if (size > 0 && !socket.destroyed && !socket.readableEnded) {
        socket.unshift(Buffer.concat(chunks, size))
      }
      resolve(result)
    }
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk)
      size += chunk.length
      if (size < needs) return
      const bytes = Buffer.concat(chunks, size)
      chunks.splice(0, chunks.length, bytes)
      const reading = readClientHello(bytes)
      if (reading.kind === 'incomplete') needs = reading.needs
      else finish(reading)
    }
    const onClosed = (): void => finish({ kind: 'closed' })
    const cancelTimer = clock.schedule(helloTimeoutMs, () =>
      finish({ kind: 'invalid', reason: 'the ClientHello took too long' }),
    )
    if (socket.destroyed) {
      onClosed()
      return
    }
    socket.on('data', onData)
    socket.on('end', onClosed)
    socket.on('close', onClosed)
    socket.resume()
  })
}
