import { useEffect, useRef, useState, type KeyboardEvent } from 'react'
import { ArrowDown, ArrowUp } from 'lucide-react'
import type { NameEntry } from '../../../src-preload/contract/model.ts'
import { text } from '../../text/catalogue.ts'
import { classNames } from '../../ui/class-names.ts'
import { useVisibleRows } from '../../ui/use-visible-rows.ts'
import { NameRow } from './NameRow.tsx'
import type { SortColumn, SortOrder } from './names-list.ts'
import styles from './NamesTable.module.css'

const columns: readonly SortColumn[] = ['name', 'records', 'age', 'ttl', 'format', 'relays']
const numeric: ReadonlySet<SortColumn> = new Set(['age', 'ttl', 'relays'])
const words = text.names

/** Pixels; NamesTable.module.css sets the same. */
const rowHeight = 52

interface NamesTableProps {
  readonly entries: readonly NameEntry[]
  readonly nowMs: number
  readonly order: SortOrder
  readonly onOrder: (order: SortOrder) => void
  readonly selectedId: string | undefined
  readonly onSelect: (id: string) => void
  readonly onForget: (entry: NameEntry) => void
}

/**
 * The table of names. Only rows near the window are in the document (there may be 1,000); arrow keys,
 * Home and End move between rows, of which one at a time is a tab stop.
 */
export function NamesTable(props: NamesTableProps) {
  const { entries, nowMs, order, onOrder, selectedId, onSelect, onForget } = props
  const body = useRef<HTMLTableSectionElement>(null)
  const { first, end } = useVisibleRows(body, entries.length, rowHeight)
  const [activeId, setActiveId] = useState<string>()
  const wantsFocus = useRef(false)

  const drawn = entries.slice(first, end)
  const tabStop = drawn.find(({ id }) => id === activeId) ?? drawn[0]

  const moveTo = (index: number): void => {
    const entry = entries[Math.max(0, Math.min(entries.length - 1, index))]
    if (entry === undefined) return
    wantsFocus.current = true
    setActiveId(entry.id)
    scrollToRow(body.current, entries.indexOf(entry))
  }

  useEffect(() => {
    if (!wantsFocus.current || activeId === undefined) return
    const row = body.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(activeId)}"]`)
    if (row === null || row === undefined) return
    wantsFocus.current = false
    row.focus({ preventScroll: true })
  })

  const onKeyDown = (event: KeyboardEvent, index: number): void => {
    const target = keyTarget(event.key, index, entries.length)
    if (target === undefined) return
    event.preventDefault()
    moveTo(target)
  }

  return (
    <table className={styles['table']} aria-rowcount={entries.length + 1} data-testid="names-table">
      <caption className="visually-hidden">{words.tableCaption}</caption>
      <thead>
        <tr aria-rowindex={1}>
          {columns.map((column) => (
            <ColumnHead key={column} column={column} order={order} onOrder={onOrder} />
          ))}
          <th scope="col" className={styles['actions']}>
            <span className="visually-hidden">{words.columns.actions}</span>
          </th>
        </tr>
      </thead>
      <tbody ref={body}>
        <Spacer rows={first} />
        {drawn.map((entry, offset) => (
          <NameRow
            key={entry.id}
            entry={entry}
            rowIndex={first + offset}
            nowMs={nowMs}
            isSelected={entry.id === selectedId}
            isTabStop={entry === tabStop}
            onSelect={() => {
              setActiveId(entry.id)
              onSelect(entry.id)
            }}
            onForget={() => onForget(entry)}
            onKeyDown={(event) => onKeyDown(event, first + offset)}
          />
        ))}
        <Spacer rows={entries.length - end} />
      </tbody>
    </table>
  )
}

function Spacer({ rows }: { readonly rows: number }) {
  if (rows <= 0) return null
  return <tr aria-hidden="true" style={{ height: rows * rowHeight }} />
}

function keyTarget(key: string, index: number, count: number): number | undefined {
  switch (key) {
    case 'ArrowDown':
      return index + 1
    case 'ArrowUp':
      return index - 1
    case 'PageDown':
      return index + 8
    case 'PageUp':
      return index - 8
    case 'Home':
      return 0
    case 'End':
      return count - 1
    default:
      return undefined
  }
}

/** Brings row `index` into view below the sticky header, also when it is not drawn yet. */
function scrollToRow(body: HTMLElement | null, index: number): void {
  const scroller = body?.closest('main')
  if (!body || !scroller) return
  const headHeight = 44
  const top =
    body.getBoundingClientRect().top - scroller.getBoundingClientRect().top + index * rowHeight
  if (top < headHeight) scroller.scrollBy({ top: top - headHeight })
  const below = top + rowHeight - scroller.clientHeight
  if (below > 0) scroller.scrollBy({ top: below + 8 })
}

interface ColumnHeadProps {
  readonly column: SortColumn
  readonly order: SortOrder
  readonly onOrder: (order: SortOrder) => void
}

function ColumnHead({ column, order, onOrder }: ColumnHeadProps) {
  const isSorted = order.column === column
  const Arrow = order.isDescending ? ArrowDown : ArrowUp
  const hint = (words.columnHints as Partial<Record<SortColumn, string>>)[column]
  return (
    <th
      scope="col"
      className={classNames(styles[column], numeric.has(column) && styles['number'])}
      aria-sort={isSorted ? (order.isDescending ? 'descending' : 'ascending') : undefined}
    >
      <button
        type="button"
        className={styles['sort']}
        title={hint ?? words.sortBy(words.columns[column])}
        onClick={() => onOrder({ column, isDescending: isSorted && !order.isDescending })}
      >
        {words.columns[column]}
        {isSorted && <Arrow aria-hidden="true" />}
      </button>
    </th>
  )
}
