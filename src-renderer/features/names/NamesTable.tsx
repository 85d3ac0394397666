import type { NameEntry } from '../../../src-preload/contract/model.ts'
import { text } from '../../text/catalogue.ts'
import { RowTable, type SortOrder } from '../../ui/RowTable.tsx'
import { useNow } from '../../ui/use-now.ts'
import { NameRow } from './NameRow.tsx'
import { sortNames, type SortColumn } from './names-list.ts'
import styles from './NamesTable.module.css'

const columns: readonly SortColumn[] = ['name', 'records', 'age', 'ttl', 'format', 'relays']
const numeric: ReadonlySet<SortColumn> = new Set(['age', 'ttl', 'relays'])

interface NamesTableProps {
  readonly entries: readonly NameEntry[]
  readonly order: SortOrder<SortColumn>
  readonly onOrder: (order: SortOrder<SortColumn>) => void
  readonly selectedId: string | undefined
  readonly onSelect: (id: string) => void
  readonly onForget: (entry: NameEntry) => void
}

export function NamesTable({ entries, order, onForget, ...rest }: NamesTableProps) {
  const nowMs = useNow(1000)
  return (
    <RowTable
      {...rest}
      rows={sortNames(entries, order, nowMs)}
      columns={columns}
      numeric={numeric}
      words={text.names}
      actionsLabel={text.names.columns.actions}
      styles={styles}
      order={order}
      renderRow={(entry, place) => (
        <NameRow
          key={entry.id}
          entry={entry}
          place={place}
          nowMs={nowMs}
          onForget={() => onForget(entry)}
        />
      )}
      testId="names-table"
    />
  )
}
