import type { OnReadOpts, Socket } from 'node:net'
import type { Writable } from 'node:stream'

/** Carries what a socket receives to another stream, without a new buffer for every TLS record. */
export interface Delivery {
  /** For the options the socket is made with. */
  readonly onread: OnReadOpts
  /** Begins: until then the socket is not read further than what came with the handshake. */
  start(source: Socket, sink: Writable): void
}

/** Plain text of the longest TLS record (RFC 8446 s.5.1): what most connections ever need. */
const firstBufferSize = 16 * 1024
/** As much as one read of a socket yields: its records go out in one piece. */
const bufferSize = 4 * firstBufferSize
/** Octets received at which reading stops until all of them are written: little memory stays in the processor's cache. */
const highWater = 2 * firstBufferSize

/** Memory that is filled from its beginning to its end, handed over in parts, and used again. */
interface Slab {
  readonly memory: Buffer
  filled: number
  handedOver: number
  written: number
}

/**
 * Downloads are nearly all of the traffic. Memory that is used again takes a fifth less processor time
 * than a stream's pipe, which makes a new buffer for each record. What one turn of the event loop reads
 * goes out as one: over h2, whose frames come as two records each, a tenth more gets through.
 */
export function createDelivery(): Delivery {
  const free: Slab[] = []
  const held: { readonly slab: Slab; readonly chunk: Buffer }[] = []
  let current = createSlab(firstBufferSize)
  let isFlushDue = false
  let route: { readonly source: Socket; readonly sink: Writable } | undefined
  let outstanding = 0
  let isPaused = false

  const written = (slab: Slab, length: number): void => {
    outstanding -= length
    slab.written += length
    if (slab.written === bufferSize) {
      Object.assign(slab, { filled: 0, handedOver: 0, written: 0 })
      free.push(slab)
    }
    if (!isPaused || outstanding > 0 || route === undefined) return
    isPaused = false
    if (!route.source.destroyed) route.source.resume()
  }
  const send = (sink: Writable, slab: Slab, chunk: Buffer): void => {
    sink.write(chunk, () => written(slab, chunk.length))
  }
  const flush = (): void => {
    isFlushDue = false
    const slab = current
    if (slab.filled === slab.handedOver) return
    const chunk = slab.memory.subarray(slab.handedOver, slab.filled)
    slab.handedOver = slab.filled
    if (route === undefined) held.push({ slab, chunk })
    else send(route.sink, slab, chunk)
  }
  const flushSoon = (): void => {
    if (isFlushDue) return
    isFlushDue = true
    setImmediate(flush)
  }
  return {
    onread: {
      // Asked after each read for where the next one goes, so that nothing may move in between.
      buffer: () => current.memory.subarray(current.filled),
      callback(length) {
        current.filled += length
        outstanding += length
        if (current.filled === current.memory.length) {
          flush()
          current = free.pop() ?? createSlab(bufferSize)
        } else {
          flushSoon()
        }
        isPaused = route === undefined || outstanding >= highWater
        return !isPaused
      },
    },
    start(source, sink) {
      route = { source, sink }
      for (const { slab, chunk } of held.splice(0)) send(sink, slab, chunk)
      isPaused = false
      source.on('end', () => {
        flush()
        sink.end()
      })
      // Before others learn of it and end the sink.
      source.prependListener('close', flush)
      source.resume()
    },
  }
}

function createSlab(size: number): Slab {
  return { memory: Buffer.allocUnsafeSlow(size), filled: 0, handedOver: 0, written: 0 }
}
