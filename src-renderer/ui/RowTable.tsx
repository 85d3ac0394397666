import { ArrowDown, ArrowUp } from 'lucide-react'
import { classNames } from './class-names.ts'
import { rowHeight } from './use-row-table.ts'
import styles from './RowTable.module.css'

interface ColumnHeadProps {
  readonly label: string
  /** What the column means, or how to sort by it. */
  readonly hint: string
  readonly sorted: 'ascending' | 'descending' | undefined
  readonly isNumeric?: boolean
  readonly className?: string | undefined
  readonly onSort: () => void
}

/** Head of a column that sorts the table when pressed. */
export function ColumnHead(props: ColumnHeadProps) {
  const { label, hint, sorted, isNumeric = false, className, onSort } = props
  const Arrow = sorted === 'descending' ? ArrowDown : ArrowUp
  return (
    <th
      scope="col"
      className={classNames(className, isNumeric && styles['number'])}
      aria-sort={sorted}
    >
      <button type="button" className={styles['sort']} title={hint} onClick={onSort}>
        {label}
        {sorted !== undefined && <Arrow aria-hidden="true" />}
      </button>
    </th>
  )
}

/** The height of rows that are not drawn. */
export function RowSpacer({ rows }: { readonly rows: number }) {
  if (rows <= 0) return null
  return <tr aria-hidden="true" style={{ height: rows * rowHeight }} />
}
