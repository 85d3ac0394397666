import type { RelayHealth } from '../../../src-preload/contract/model.ts'
import { useSlice } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { formatCount, formatLatency, relayHost } from '../../text/format.ts'
import { Badge, StateDot } from '../../ui/Badge.tsx'
import { Card } from '../../ui/Card.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { useNow } from '../../ui/use-now.ts'
import { isOffline } from './resolution-state.ts'
import styles from './RelaysCard.module.css'
import shared from './Overview.module.css'

const words = text.overview.relays
const tones = {
  connected: 'ok',
  connecting: 'accent',
  waiting: 'warning',
  idle: 'neutral',
} as const
const rank = { connected: 0, connecting: 1, waiting: 2, idle: 3 } as const

export function RelaysCard() {
  const relays = useSlice('relays')
  const connected = relays?.filter(({ state }) => state === 'connected').length ?? 0
  return (
    <Card
      title={words.title}
      subtitle={words.subtitle}
      actions={
        relays !== undefined &&
        relays.length > 0 && (
          <Badge tone={connected > 0 ? 'ok' : 'neutral'}>
            {words.summary(connected, relays.length)}
          </Badge>
        )
      }
    >
      {relays === undefined ? (
        <Skeleton lines={5} />
      ) : relays.length === 0 ? (
        <p className={shared['muted']}>{words.empty}</p>
      ) : (
        <>
          {isOffline(relays) && <p className={styles['offline']}>{words.offline}</p>}
          <RelayTable relays={relays} />
        </>
      )}
    </Card>
  )
}

function RelayTable({ relays }: { readonly relays: readonly RelayHealth[] }) {
  const { columns } = words
  const sorted = relays.toSorted(
    (a, b) => rank[a.state] - rank[b.state] || a.url.localeCompare(b.url),
  )
  return (
    <div className={styles['scroll']}>
      <table className={styles['table']}>
        <caption className="visually-hidden">{words.title}</caption>
        <thead>
          <tr>
            <th scope="col">{columns.relay}</th>
            <th scope="col">{columns.state}</th>
            <th scope="col" className={styles['number']}>
              {columns.latency}
            </th>
            <th scope="col" className={styles['number']} title={words.acceptedHint}>
              {columns.accepted}
            </th>
            <th scope="col" className={styles['number']} title={words.rejectedHint}>
              {columns.rejected}
            </th>
            <th scope="col">{columns.error}</th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((relay) => (
            <RelayRow key={relay.url} relay={relay} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function RelayRow({ relay }: { readonly relay: RelayHealth }) {
  const nowMs = useNow(10_000)
  const { connectedSinceMs, eventsRejected, lastError, latencyMs, state } = relay
  const since =
    connectedSinceMs === undefined
      ? undefined
      : words.connectedFor((nowMs - connectedSinceMs) / 1000)
  return (
    <tr data-testid="relay-row">
      <th scope="row" className={styles['relay']}>
        <span className={styles['host']} title={relay.url}>
          {relayHost(relay.url)}
        </span>
        <Badge>{words.origin[relay.origin]}</Badge>
      </th>
      <td title={since}>
        <StateDot tone={tones[state]}>{words.state[state]}</StateDot>
      </td>
      <td className={styles['number']}>
        {latencyMs === undefined ? text.shell.unknown : formatLatency(latencyMs)}
      </td>
      <td className={styles['number']}>{formatCount(relay.eventsAccepted)}</td>
      <td className={eventsRejected > 0 ? styles['rejected'] : styles['number']}>
        {formatCount(eventsRejected)}
      </td>
      <td className={styles['error']} title={lastError}>
        {lastError ?? text.shell.unknown}
      </td>
    </tr>
  )
}
