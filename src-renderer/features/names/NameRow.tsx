import { Copy, Ellipsis, RefreshCw, Trash2 } from 'lucide-react'
import type { NameEntry } from '../../../src-preload/contract/model.ts'
import { usePending } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { formatAge, formatCountdown, relayHost, shortName } from '../../text/format.ts'
import { Badge, StateDot } from '../../ui/Badge.tsx'
import { classNames } from '../../ui/class-names.ts'
import { IconButton } from '../../ui/IconButton.tsx'
import { Menu } from '../../ui/Menu.tsx'
import { TableRow, type RowPlace } from '../../ui/RowTable.tsx'
import { FormatBadge } from './FormatBadge.tsx'
import { displayName, recordSummary, ttlRemaining } from './names-list.ts'
import { useNameActions } from './use-name-actions.ts'
import rows from '../../ui/RowTable.module.css'
import styles from './NamesTable.module.css'

const words = text.names
const stateTones = {
  ok: 'ok',
  empty: 'neutral',
  nxdomain: 'neutral',
  failed: 'danger',
  resolving: 'accent',
} as const

interface NameRowProps {
  readonly entry: NameEntry
  readonly place: RowPlace
  readonly nowMs: number
  readonly onForget: () => void
}

export function NameRow({ entry, place, nowMs, onForget }: NameRowProps) {
  const actions = useNameActions()
  const isRefreshing = usePending(`names.refresh ${entry.id}`)
  const called = shortName(displayName(entry))
  return (
    <TableRow
      id={entry.id}
      place={place}
      name={called}
      fullName={entry.name}
      badge={
        entry.isOwn && (
          <Badge tone="accent" title={words.ownHint}>
            {words.own}
          </Badge>
        )
      }
      secondary={entry.alias === undefined ? undefined : shortName(entry.name)}
      styles={styles}
      testId="name-row"
    >
      <td className={styles['records']}>
        <Records entry={entry} />
      </td>
      <td className={classNames(styles['age'], rows['number'])}>
        {entry.signedAt === undefined
          ? text.shell.unknown
          : formatAge(nowMs / 1000 - entry.signedAt)}
      </td>
      <td className={classNames(styles['ttl'], rows['number'])}>
        <Ttl entry={entry} nowMs={nowMs} />
      </td>
      <td className={styles['format']}>
        {entry.format === undefined ? text.shell.unknown : <FormatBadge format={entry.format} />}
      </td>
      <td
        className={classNames(styles['relays'], rows['number'])}
        title={entry.relays.map(relayHost).join('\n')}
      >
        {entry.relays.length === 0 ? text.shell.unknown : entry.relays.length}
      </td>
      <td className={classNames(rows['actions'], styles['actions'])}>
        <Menu
          trigger={
            <IconButton
              icon={isRefreshing ? RefreshCw : Ellipsis}
              isSpinning={isRefreshing}
              label={text.shell.moreActions(called)}
              tabIndex={place.isTabStop ? 0 : -1}
            />
          }
          items={[
            {
              label: words.actions.refresh,
              icon: RefreshCw,
              onSelect: () => void actions.refresh(entry),
            },
            { label: words.actions.copyName, icon: Copy, onSelect: () => void actions.copy(entry) },
            { label: words.actions.forget, icon: Trash2, isDangerous: true, onSelect: onForget },
          ]}
        />
      </td>
    </TableRow>
  )
}

function Records({ entry }: { readonly entry: NameEntry }) {
  const summary = recordSummary(entry.records)
  if (entry.state !== 'ok' || summary === undefined) {
    return (
      <span title={entry.failure}>
        <StateDot tone={stateTones[entry.state]}>{words.states[entry.state]}</StateDot>
      </span>
    )
  }
  const { first, more } = summary
  return (
    <span className={styles['record']}>
      <span className={styles['type']}>{first.type}</span>
      <code title={first.rdata}>{first.rdata}</code>
      {more > 0 && <Badge title={words.moreRecords(more)}>{words.more(more)}</Badge>}
    </span>
  )
}

function Ttl({ entry, nowMs }: { readonly entry: NameEntry; readonly nowMs: number }) {
  const seconds = ttlRemaining(entry, nowMs)
  if (seconds === undefined) return text.shell.unknown
  if (seconds === 0) return <span title={words.ttlOverHint}>{words.ttlOver}</span>
  return formatCountdown(seconds)
}
