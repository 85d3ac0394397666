import type { Logger } from '../env/logger.ts'
import type { Service } from '../env/service.ts'

export interface NamedService {
  readonly name: string
  readonly service: Service
}

/** A service that hangs while stopping must not keep the rest from being stopped. Milliseconds. */
const stopTimeoutMs = 5000

/**
 * Starts `services` in order; when one fails, stops those already started, in reverse, and rejects
 * with that failure. `stop` stops all in reverse and is idempotent.
 */
export function createSupervisor(log: Logger, services: readonly NamedService[]): Service {
  let started: NamedService[] = []
  let stopping: Promise<void> | undefined

  const stopStarted = async (): Promise<void> => {
    const running = started.toReversed()
    started = []
    for (const { name, service } of running) await stopOne(log, name, service)
  }

  return {
    async start() {
      for (const entry of services) {
        try {
          started.push(entry)
          await entry.service.start()
          log.debug('service started', { service: entry.name })
        } catch (error) {
          await stopStarted()
          throw error
        }
      }
    },
    stop() {
      stopping ??= stopStarted()
      return stopping
    },
  }
}

async function stopOne(log: Logger, name: string, service: Service): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<'timeout'>((resolve) => {
    timer = setTimeout(() => resolve('timeout'), stopTimeoutMs)
  })
  try {
    const outcome = await Promise.race([service.stop(), timeout])
    if (outcome === 'timeout') log.warn('service did not stop in time', { service: name })
  } catch (error) {
    log.error('service failed to stop', { service: name, error })
  } finally {
    clearTimeout(timer)
  }
}
