import type { NameEntry } from '../../../src-preload/contract/model.ts'
import { text } from '../../text/catalogue.ts'
import { classNames } from '../../ui/class-names.ts'
import { ColumnHead, RowSpacer } from '../../ui/RowTable.tsx'
import { useRowTable } from '../../ui/use-row-table.ts'
import { NameRow } from './NameRow.tsx'
import type { SortColumn, SortOrder } from './names-list.ts'
import rows from '../../ui/RowTable.module.css'
import styles from './NamesTable.module.css'

const columns: readonly SortColumn[] = ['name', 'records', 'age', 'ttl', 'format', 'relays']
const numeric: ReadonlySet<SortColumn> = new Set(['age', 'ttl', 'relays'])
const words = text.names
const hints: Partial<Record<SortColumn, string>> = words.columnHints

interface NamesTableProps {
  readonly entries: readonly NameEntry[]
  readonly nowMs: number
  readonly order: SortOrder
  readonly onOrder: (order: SortOrder) => void
  readonly selectedId: string | undefined
  readonly onSelect: (id: string) => void
  readonly onForget: (entry: NameEntry) => void
}

export function NamesTable(props: NamesTableProps) {
  const { entries, nowMs, order, onOrder, selectedId, onSelect, onForget } = props
  const { body, first, end, tabStop, activate, onKeyDown } = useRowTable(
    entries.map(({ id }) => id),
  )
  return (
    <table className={rows['table']} aria-rowcount={entries.length + 1} data-testid="names-table">
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
          <th scope="col" className={classNames(rows['actions'], styles['actions'])}>
            <span className="visually-hidden">{words.columns.actions}</span>
          </th>
        </tr>
      </thead>
      <tbody ref={body}>
        <RowSpacer rows={first} />
        {entries.slice(first, end).map((entry, offset) => (
          <NameRow
            key={entry.id}
            entry={entry}
            rowIndex={first + offset}
            nowMs={nowMs}
            isSelected={entry.id === selectedId}
            isTabStop={entry.id === tabStop}
            onSelect={() => {
              activate(entry.id)
              onSelect(entry.id)
            }}
            onForget={() => onForget(entry)}
            onKeyDown={(event) => onKeyDown(event, first + offset)}
          />
        ))}
        <RowSpacer rows={entries.length - end} />
      </tbody>
    </table>
  )
}
