import { Pencil, RefreshCcwDot, Undo2 } from 'lucide-react'
import type { PublishedHost } from '../../../src-preload/contract/model.ts'
import { usePending } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { shortData } from '../../text/format.ts'
import { Badge } from '../../ui/Badge.tsx'
import { Button } from '../../ui/Button.tsx'
import { RelativeTime } from '../../ui/RelativeTime.tsx'
import { useNow } from '../../ui/use-now.ts'
import { hostName, hostState, shortHostName } from './host-state.ts'
import styles from './HostItem.module.css'

const words = text.publish.hosts
const tones = {
  published: 'ok',
  partial: 'warning',
  queued: 'warning',
  failed: 'danger',
  withdrawn: 'neutral',
  expired: 'danger',
} as const

interface HostItemProps {
  readonly host: PublishedHost
  readonly npub: string
  readonly onEdit: () => void
  readonly onWithdraw: () => void
  readonly onRestore: () => void
}

export function HostItem({ host, npub, onEdit, onWithdraw, onRestore }: HostItemProps) {
  const nowMs = useNow(10_000)
  const state = hostState(host, nowMs)
  const isPending = usePending(`publish.host ${host.host}`)
  return (
    <li className={styles['item']} data-testid="published-host">
      <div className={styles['head']}>
        <h3 className={styles['name']} title={hostName(host.host, npub)}>
          {shortHostName(host.host, npub)}
        </h3>
        {state !== 'never' && <Badge tone={tones[state]}>{words.states[state]}</Badge>}
        {host.followsAddress && !host.isWithdrawn && (
          <Badge tone="accent">
            <RefreshCcwDot aria-hidden="true" />
            {words.follows}
          </Badge>
        )}
        <span className={styles['actions']}>
          {host.isWithdrawn ? (
            <Button icon={Undo2} isPending={isPending} onClick={onRestore}>
              {words.restore}
            </Button>
          ) : (
            <>
              <Button icon={Pencil} variant="quiet" onClick={onEdit}>
                {words.edit}
              </Button>
              <Button variant="quiet" isPending={isPending} onClick={onWithdraw}>
                {words.withdraw}
              </Button>
            </>
          )}
        </span>
      </div>
      {host.isWithdrawn ? (
        <p className={styles['note']}>{words.withdrawnNote}</p>
      ) : (
        <>
          <ul className={styles['records']}>
            {host.records.map(({ name, type, rdata }) => (
              <li key={`${name} ${type} ${rdata}`}>
                <span className={styles['owner']}>{name}</span>
                <span className={styles['type']}>{type}</span>
                <code title={rdata}>{shortData(rdata)}</code>
              </li>
            ))}
          </ul>
          <Times host={host} isExpired={state === 'expired'} />
        </>
      )}
    </li>
  )
}

function Times({ host, isExpired }: { readonly host: PublishedHost; readonly isExpired: boolean }) {
  const { lastPublished, nextHeartbeatAt, lifetime } = host
  return (
    <dl className={styles['times']}>
      <div>
        <dt>{words.last}</dt>
        <dd>{lastPublished ? <RelativeTime atMs={lastPublished.atMs} /> : words.never}</dd>
      </div>
      {lastPublished !== undefined && (
        <div>
          <dt>{isExpired ? words.expired : words.expires}</dt>
          <dd>
            <RelativeTime atMs={lastPublished.expiresAt * 1000} />
          </dd>
        </div>
      )}
      {nextHeartbeatAt !== undefined && (
        <div>
          <dt>{words.next}</dt>
          <dd>
            <RelativeTime atMs={nextHeartbeatAt * 1000} />
          </dd>
        </div>
      )}
      <div>
        <dt>{words.lifetime}</dt>
        <dd>{words.lifetimes[lifetime]}</dd>
      </div>
    </dl>
  )
}
