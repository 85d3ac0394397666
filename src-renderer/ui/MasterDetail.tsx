import { useDeferredValue, useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { Search, WifiOff, type LucideIcon } from 'lucide-react'
import { Button } from './Button.tsx'
import { classNames } from './class-names.ts'
import { EmptyState } from './EmptyState.tsx'
import { ListToolbar } from './ListToolbar.tsx'
import { Skeleton } from './Skeleton.tsx'
import styles from './MasterDetail.module.css'

interface MasterDetailProps<Row extends { readonly id: string }> {
  /** Undefined while they are on their way. */
  readonly rows: readonly Row[] | undefined
  readonly words: {
    readonly tableCaption: string
    readonly search: string
    readonly searchPlaceholder: string
    readonly count: (shown: number, all: number) => string
    readonly noMatch: (query: string) => string
    readonly clearSearch: string
    readonly empty: { readonly title: string; readonly text: string }
    readonly offline: string
  }
  readonly isOffline: boolean
  readonly emptyIcon: LucideIcon
  /** What to do when there is nothing yet. */
  readonly emptyAction?: ReactNode
  /** The rows that match what was typed; must not change from one rendering to the next. */
  readonly filter: (rows: readonly Row[], query: string) => readonly Row[]
  readonly selectedId: string | undefined
  readonly onSelect: (id: string | undefined) => void
  readonly renderTable: (matching: readonly Row[], selectedId: string | undefined) => ReactNode
  readonly renderDetail: (row: Row, close: () => void) => ReactNode
  readonly className?: string | undefined
  /** Of the filter. */
  readonly searchTestId: string
}

/** A list that can be filtered, with the details of the chosen row beside it. */
export function MasterDetail<Row extends { readonly id: string }>(props: MasterDetailProps<Row>) {
  const { rows, words, isOffline, emptyIcon, emptyAction, filter, selectedId, onSelect } = props
  const { renderTable, renderDetail, className, searchTestId } = props
  const [query, setQuery] = useState('')
  const wanted = useDeferredValue(query)
  const search = useRef<HTMLInputElement>(null)
  const matching = useMemo(() => filter(rows ?? [], wanted), [filter, rows, wanted])
  const selected = rows?.find(({ id }) => id === selectedId)
  useFocusBack(selectedId, search)

  return (
    <div
      className={classNames(styles['split'], className)}
      data-detail={selected !== undefined || undefined}
    >
      <section className={styles['list']} aria-label={words.tableCaption}>
        {isOffline && (
          <p className={styles['offline']}>
            <WifiOff aria-hidden="true" />
            {words.offline}
          </p>
        )}
        {rows === undefined ? (
          <div className={styles['padded']}>
            <Skeleton lines={6} />
          </div>
        ) : rows.length === 0 ? (
          <EmptyState icon={emptyIcon} title={words.empty.title} action={emptyAction}>
            {words.empty.text}
          </EmptyState>
        ) : (
          <>
            <ListToolbar
              label={words.search}
              placeholder={words.searchPlaceholder}
              query={query}
              onQuery={setQuery}
              count={words.count(matching.length, rows.length)}
              field={search}
              testId={searchTestId}
            />
            {matching.length === 0 ? (
              <EmptyState
                icon={Search}
                title={words.noMatch(wanted)}
                action={<Button onClick={() => setQuery('')}>{words.clearSearch}</Button>}
              />
            ) : (
              renderTable(matching, selected?.id)
            )}
          </>
        )}
      </section>
      {selected !== undefined && renderDetail(selected, () => onSelect(undefined))}
    </div>
  )
}

/** After the details close, back to the row they were opened from, or to the filter if it is gone. */
function useFocusBack(
  selectedId: string | undefined,
  otherwise: { readonly current: HTMLElement | null },
): void {
  const lastSelected = useRef<string>(undefined)
  useEffect(() => {
    const last = lastSelected.current
    lastSelected.current = selectedId
    if (selectedId !== undefined || last === undefined) return
    const row = document.querySelector<HTMLElement>(`[data-row="${CSS.escape(last)}"]`)
    ;(row ?? otherwise.current)?.focus()
  }, [selectedId, otherwise])
}
