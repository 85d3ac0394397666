import type { Logger } from '../env/logger.ts'
import type { RelayService } from '../relays/relay-service.ts'
import { kinds } from '../systems/nostr/kinds.ts'
import type { PublishReport } from './publisher.ts'
import { newestOf, type Survey } from './survey.ts'

/**
 * Hands the owner's existing relay list (NIP-65) to the relays that now hold the names, so that
 * those who find it there find the rest. It is never made or changed here. Does not wait.
 */
export function pushRelayList(
  relays: RelayService,
  survey: Survey,
  reports: readonly PublishReport[],
  signal: AbortSignal,
  log: Logger,
): void {
  const list = newestOf(survey.events.filter(({ kind }) => kind === kinds.relayList))
  const urls = new Set(
    reports
      .flatMap(({ copies }) => copies.find(({ format }) => format === 'canonical')?.relays ?? [])
      .filter(({ outcome }) => outcome === 'ok')
      .map(({ url }) => url),
  )
  for (const url of survey.holders.get(list?.id ?? '') ?? []) urls.delete(url)
  if (list === undefined || urls.size === 0) return
  relays.publish(list, { urls: [...urls], signal }).catch((error: unknown) => {
    log.debug('relay list not handed on', { reason: error })
  })
}
