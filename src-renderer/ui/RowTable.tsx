import type { KeyboardEvent, ReactNode } from 'react'
import { ArrowDown, ArrowUp } from 'lucide-react'
import { classNames } from './class-names.ts'
import { rowHeight, useRowTable } from './use-row-table.ts'
import rows from './RowTable.module.css'

export interface SortOrder<Column extends string> {
  readonly column: Column
  readonly isDescending: boolean
}

interface RowTableProps<Row extends { readonly id: string }, Column extends string> {
  readonly rows: readonly Row[]
  readonly columns: readonly Column[]
  /** Columns set flush right. */
  readonly numeric: ReadonlySet<Column>
  readonly words: {
    readonly tableCaption: string
    readonly columns: Readonly<Record<Column, string>>
    /** What a column means; others say how to sort by them. */
    readonly columnHints: Readonly<Partial<Record<Column, string>>>
    readonly sortBy: (column: string) => string
  }
  /** Head of a last column of buttons. */
  readonly actionsLabel?: string
  /** The table's own CSS module, with a class for each column. */
  readonly styles: CSSModuleClasses
  readonly order: SortOrder<Column>
  readonly onOrder: (order: SortOrder<Column>) => void
  readonly selectedId: string | undefined
  readonly onSelect: (id: string) => void
  readonly renderRow: (row: Row, place: RowPlace) => ReactNode
  readonly testId: string
}

/** Where and how a row stands in its table; `TableRow` takes it. */
export interface RowPlace {
  readonly index: number
  readonly isSelected: boolean
  readonly isTabStop: boolean
  readonly onSelect: () => void
  readonly onKeyDown: (event: KeyboardEvent) => void
}

/** A sortable table, of any length, whose rows open their details. */
export function RowTable<Row extends { readonly id: string }, Column extends string>(
  props: RowTableProps<Row, Column>,
) {
  const { rows: listed, columns, numeric, words, actionsLabel, styles, order, onOrder } = props
  const { selectedId, onSelect, renderRow, testId } = props
  const { body, first, end, tabStop, activate, onKeyDown } = useRowTable(listed.map(({ id }) => id))
  return (
    <table className={rows['table']} aria-rowcount={listed.length + 1} data-testid={testId}>
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
                hint={words.columnHints[column] ?? words.sortBy(words.columns[column])}
                sorted={isSorted ? (isDescending ? 'descending' : 'ascending') : undefined}
                isNumeric={numeric.has(column)}
                className={styles[column]}
                onSort={() => onOrder({ column, isDescending: isSorted && !isDescending })}
              />
            )
          })}
          {actionsLabel !== undefined && (
            <th scope="col" className={classNames(rows['actions'], styles['actions'])}>
              <span className="visually-hidden">{actionsLabel}</span>
            </th>
          )}
        </tr>
      </thead>
      <tbody ref={body}>
        <RowSpacer rows={first} />
        {listed.slice(first, end).map((row, offset) =>
          renderRow(row, {
            index: first + offset,
            isSelected: row.id === selectedId,
            isTabStop: row.id === tabStop,
            onSelect() {
              activate(row.id)
              onSelect(row.id)
            },
            onKeyDown: (event) => onKeyDown(event, first + offset),
          }),
        )}
        <RowSpacer rows={listed.length - end} />
      </tbody>
    </table>
  )
}

interface ColumnHeadProps {
  readonly label: string
  /** What the column means, or how to sort by it. */
  readonly hint: string
  readonly sorted: 'ascending' | 'descending' | undefined
  readonly isNumeric: boolean
  readonly className: string | undefined
  readonly onSort: () => void
}

/** Head of a column that sorts the table when pressed. */
function ColumnHead({ label, hint, sorted, isNumeric, className, onSort }: ColumnHeadProps) {
  const Arrow = sorted === 'descending' ? ArrowDown : ArrowUp
  return (
    <th
      scope="col"
      className={classNames(className, isNumeric && rows['number'])}
      aria-sort={sorted}
    >
      <button type="button" className={rows['sort']} title={hint} onClick={onSort}>
        {label}
        {sorted !== undefined && <Arrow aria-hidden="true" />}
      </button>
    </th>
  )
}

/** The height of rows that are not drawn. */
function RowSpacer({ rows: count }: { readonly rows: number }) {
  if (count <= 0) return null
  return <tr aria-hidden="true" style={{ height: count * rowHeight }} />
}

interface TableRowProps {
  readonly id: string
  readonly place: RowPlace
  readonly name: string
  /** The name in full, on hover. */
  readonly fullName: string
  /** Beside the name. */
  readonly badge?: ReactNode
  /** Below the name. */
  readonly secondary?: string | undefined
  /** The table's own CSS module; its `suffix` may hide `.nostr` where the table is narrow. */
  readonly styles: CSSModuleClasses
  readonly testId: string
  readonly state?: string
  /** The other cells. */
  readonly children: ReactNode
}

/** Left out where the table is narrow: every row has it. */
const suffix = /\.nostr$/u

/** A row, opened by its name or anywhere else. */
export function TableRow(props: TableRowProps) {
  const { id, place, name, fullName, badge, secondary, styles, testId, state, children } = props
  return (
    <tr
      className={classNames(rows['row'], place.isSelected && rows['selected'])}
      aria-rowindex={place.index + 2}
      data-testid={testId}
      data-state={state}
    >
      <th scope="row" className={classNames(rows['lead'], styles['name'])}>
        <button
          type="button"
          className={rows['open']}
          data-row={id}
          tabIndex={place.isTabStop ? 0 : -1}
          aria-current={place.isSelected ? 'true' : undefined}
          title={fullName}
          onClick={place.onSelect}
          onKeyDown={place.onKeyDown}
        >
          <span className={rows['called']}>
            <span className={rows['primary']}>
              {name.replace(suffix, '')}
              {suffix.test(name) && <span className={styles['suffix']}>.nostr</span>}
            </span>
            {badge}
          </span>
          {secondary !== undefined && <span className={rows['secondary']}>{secondary}</span>}
        </button>
      </th>
      {children}
    </tr>
  )
}
