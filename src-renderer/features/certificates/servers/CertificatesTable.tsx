import type { KeyboardEvent } from 'react'
import type { CertificateEntry } from '../../../../src-preload/contract/model.ts'
import { text } from '../../../text/catalogue.ts'
import { formatAge, shortName } from '../../../text/format.ts'
import { Badge, StateDot } from '../../../ui/Badge.tsx'
import { classNames } from '../../../ui/class-names.ts'
import { ColumnHead, RowSpacer } from '../../../ui/RowTable.tsx'
import { useRowTable } from '../../../ui/use-row-table.ts'
import { stateTones, strengthOf, type SortColumn, type SortOrder } from './certificate-list.ts'
import rows from '../../../ui/RowTable.module.css'
import styles from './CertificatesTable.module.css'

const columns: readonly SortColumn[] = ['name', 'port', 'state', 'strength', 'checked']
const numeric: ReadonlySet<SortColumn> = new Set(['port', 'checked'])
const words = text.certificates

/** Left out where the table is narrow: every row has it. */
const suffix = /\.nostr$/u
const hints: Partial<Record<SortColumn, string>> = words.columnHints

export interface ListedCertificate {
  readonly entry: CertificateEntry
  /** Petname, NIP-05 or the user's own label of the owner. */
  readonly alias: string | undefined
  readonly isOwn: boolean
}

interface CertificatesTableProps {
  readonly listed: readonly ListedCertificate[]
  readonly nowMs: number
  readonly order: SortOrder
  readonly onOrder: (order: SortOrder) => void
  readonly selectedId: string | undefined
  readonly onSelect: (id: string) => void
}

export function CertificatesTable(props: CertificatesTableProps) {
  const { listed, nowMs, order, onOrder, selectedId, onSelect } = props
  const { body, first, end, tabStop, activate, onKeyDown } = useRowTable(
    listed.map(({ entry }) => entry.id),
  )
  return (
    <table
      className={rows['table']}
      aria-rowcount={listed.length + 1}
      data-testid="certificates-table"
    >
      <caption className="visually-hidden">{words.tableCaption}</caption>
      <thead>
        <tr aria-rowindex={1}>
          {columns.map((column) => {
            const { isDescending } = order
            const isSorted = order.column === column
            return (
              <ColumnHead
                key={column}
                label={words.columns[column]}
                hint={hints[column] ?? words.sortBy(words.columns[column])}
                sorted={isSorted ? (isDescending ? 'descending' : 'ascending') : undefined}
                isNumeric={numeric.has(column)}
                className={styles[column]}
                onSort={() => onOrder({ column, isDescending: isSorted && !isDescending })}
              />
            )
          })}
        </tr>
      </thead>
      <tbody ref={body}>
        <RowSpacer rows={first} />
        {listed.slice(first, end).map((row, offset) => (
          <Row
            key={row.entry.id}
            row={row}
            rowIndex={first + offset}
            nowMs={nowMs}
            isSelected={row.entry.id === selectedId}
            isTabStop={row.entry.id === tabStop}
            onSelect={() => {
              activate(row.entry.id)
              onSelect(row.entry.id)
            }}
            onKeyDown={(event) => onKeyDown(event, first + offset)}
          />
        ))}
        <RowSpacer rows={listed.length - end} />
      </tbody>
    </table>
  )
}

interface RowProps {
  readonly row: ListedCertificate
  readonly rowIndex: number
  readonly nowMs: number
  readonly isSelected: boolean
  readonly isTabStop: boolean
  readonly onSelect: () => void
  readonly onKeyDown: (event: KeyboardEvent) => void
}

function Row({ row, rowIndex, nowMs, isSelected, isTabStop, onSelect, onKeyDown }: RowProps) {
  const { entry, alias, isOwn } = row
  const strength = strengthOf(entry)
  const called = shortName(entry.domain)
  return (
    <tr
      className={classNames(rows['row'], isSelected && rows['selected'])}
      aria-rowindex={rowIndex + 2}
      data-testid="certificate-row"
      data-state={entry.state}
    >
      <th scope="row" className={classNames(rows['lead'], styles['name'])}>
        <button
          type="button"
          className={rows['open']}
          data-row={entry.id}
          tabIndex={isTabStop ? 0 : -1}
          aria-current={isSelected ? 'true' : undefined}
          title={entry.id}
          onClick={onSelect}
          onKeyDown={onKeyDown}
        >
          <span className={rows['called']}>
            <span className={rows['primary']}>
              {called.replace(suffix, '')}
              {suffix.test(called) && <span className={styles['suffix']}>.nostr</span>}
            </span>
            {isOwn && (
              <span className={styles['own']}>
                <Badge tone="accent">{words.own}</Badge>
              </span>
            )}
          </span>
          {alias !== undefined && <span className={rows['secondary']}>{alias}</span>}
        </button>
      </th>
      <td className={classNames(rows['number'], styles['port'])}>{entry.port}</td>
      <td className={styles['state']} title={entry.detail}>
        {entry.state === 'mismatch' ? (
          <Badge tone="danger">{words.states.mismatch}</Badge>
        ) : (
          <StateDot tone={stateTones[entry.state]}>{words.states[entry.state]}</StateDot>
        )}
      </td>
      <td className={styles['strength']}>
        {strength === undefined ? (
          text.shell.unknown
        ) : (
          <Badge tone={strength === 'pin' ? 'ok' : 'warning'} title={words.strengthHints[strength]}>
            {words.strengths[strength]}
          </Badge>
        )}
      </td>
      <td className={classNames(rows['number'], styles['checked'])}>
        {formatAge((nowMs - entry.lastCheckedMs) / 1000)}
      </td>
    </tr>
  )
}
