import type { Unsubscribe } from '../env/env.ts'
import type { Health, HealthItem } from '../env/health.ts'
import type { Logger } from '../env/logger.ts'
import type { Publisher } from '../publish/publisher.ts'
import type { RelayServices } from './relay-services.ts'

interface EventSources {
  readonly health: Health
  readonly relays: Pick<RelayServices, 'health' | 'onHealthChange'>
  readonly publisher: Pick<Publisher, 'hosts' | 'onChange'>
}

/**
 * Writes one line for each event an operator wants to see: conditions that begin and end, relays
 * that come and go, publications. Never a name that was looked up.
 */
export function logEvents(log: Logger, sources: EventSources): Unsubscribe {
  const { health, relays, publisher } = sources
  let conditions = new Map<string, HealthItem>()
  const connected = new Set<string>()
  const published = new Map<string, number>()
  let isStarting = true

  const followHealth = (): void => {
    const now = new Map(health.list().map((item) => [`${item.code} ${item.message}`, item]))
    for (const [key, { severity, code, message }] of now) {
      if (conditions.has(key)) continue
      const write = { error: log.error, warning: log.warn, info: log.info }[severity]
      write(message, { code })
    }
    for (const [key, { code }] of conditions) {
      if (!now.has(key)) log.info('no longer a problem', { code })
    }
    conditions = now
  }

  const followRelays = (): void => {
    for (const { url, state, lastError } of relays.health()) {
      if (state === 'connected' && !connected.has(url)) {
        connected.add(url)
        log.info('relay connected', { url })
      } else if (state !== 'connected' && connected.delete(url)) {
        log.info('relay lost', { url, ...(lastError === undefined ? {} : { reason: lastError }) })
      }
    }
  }

  const followPublications = (): void => {
    for (const { pubkey, host, lastPublished } of publisher.hosts()) {
      if (lastPublished === undefined) continue
      const key = `${host}.${pubkey}`
      if (published.get(key) === lastPublished.atMs) continue
      published.set(key, lastPublished.atMs)
      // What an earlier run published is not news.
      if (!isStarting) log.info('published', { host, state: lastPublished.state })
    }
  }

  followPublications()
  followRelays()
  followHealth()
  isStarting = false
  const releases = [
    health.onChange(followHealth),
    relays.onHealthChange(followRelays),
    publisher.onChange(followPublications),
  ]
  return () => {
    for (const release of releases) release()
  }
}
