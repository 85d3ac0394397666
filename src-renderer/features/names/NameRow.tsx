import type { KeyboardEvent } from 'react'
import { Copy, Ellipsis, RefreshCw, Trash2 } from 'lucide-react'
import type { NameEntry } from '../../../src-preload/contract/model.ts'
import { usePending } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { formatAge, formatCountdown, relayHost, shortName } from '../../text/format.ts'
import { Badge, StateDot } from '../../ui/Badge.tsx'
import { classNames } from '../../ui/class-names.ts'
import { IconButton } from '../../ui/IconButton.tsx'
import { Menu } from '../../ui/Menu.tsx'
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

/** Left out where the table is narrow: every row has it. */
const suffix = /\.nostr$/u

interface NameRowProps {
  readonly entry: NameEntry
  readonly rowIndex: number
  readonly nowMs: number
  readonly isSelected: boolean
  readonly isTabStop: boolean
  readonly onSelect: () => void
  readonly onForget: () => void
  readonly onKeyDown: (event: KeyboardEvent) => void
}

export function NameRow(props: NameRowProps) {
  const { entry, rowIndex, nowMs, isSelected, isTabStop, onSelect, onForget, onKeyDown } = props
  const actions = useNameActions()
  const isRefreshing = usePending(`names.refresh ${entry.id}`)
  const called = shortName(displayName(entry))
  return (
    <tr
      className={classNames(rows['row'], isSelected && rows['selected'])}
      aria-rowindex={rowIndex + 2}
      data-testid="name-row"
    >
      <th scope="row" className={classNames(rows['lead'], styles['name'])}>
        <button
          type="button"
          className={rows['open']}
          data-row={entry.id}
          tabIndex={isTabStop ? 0 : -1}
          aria-current={isSelected ? 'true' : undefined}
          title={entry.name}
          onClick={onSelect}
          onKeyDown={onKeyDown}
        >
          <span className={rows['called']}>
            <span className={rows['primary']}>
              {called.replace(suffix, '')}
              {suffix.test(called) && <span className={styles['suffix']}>.nostr</span>}
            </span>
            {entry.isOwn && (
              <Badge tone="accent" title={words.ownHint}>
                {words.own}
              </Badge>
            )}
          </span>
          {entry.alias !== undefined && (
            <span className={rows['secondary']}>{shortName(entry.name)}</span>
          )}
        </button>
      </th>
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
              tabIndex={isTabStop ? 0 : -1}
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
    </tr>
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
