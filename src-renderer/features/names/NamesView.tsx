import { useDeferredValue, useEffect, useMemo, useRef, useState, type RefObject } from 'react'
import { Globe, Search, WifiOff } from 'lucide-react'
import type { NameEntry } from '../../../src-preload/contract/model.ts'
import { useSlice } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { shortName } from '../../text/format.ts'
import { Button } from '../../ui/Button.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ListToolbar } from '../../ui/ListToolbar.tsx'
import { ScreenHeader } from '../../ui/ScreenHeader.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { useNow } from '../../ui/use-now.ts'
import { isOffline } from '../overview/resolution-state.ts'
import { KeyChanges } from './KeyChanges.tsx'
import { LookupCard } from './LookupCard.tsx'
import { NameDetail } from './NameDetail.tsx'
import { displayName, filterNames, sortNames, type SortOrder } from './names-list.ts'
import { NamesTable } from './NamesTable.tsx'
import { useNameActions } from './use-name-actions.ts'
import layout from '../../ui/MasterDetail.module.css'
import styles from './Names.module.css'

const words = text.names

export function NamesView() {
  return (
    <div className={styles['view']}>
      <ScreenHeader title={words.title} subtitle={words.subtitle} />
      <KeyChanges />
      <LookupCard />
      <NamesList />
    </div>
  )
}

function NamesList() {
  const names = useSlice('names')
  const relays = useSlice('relays')
  const offline = relays !== undefined && isOffline(relays)
  const [query, setQuery] = useState('')
  const [selectedId, setSelectedId] = useState<string>()
  const [leaving, setLeaving] = useState<NameEntry>()
  const actions = useNameActions()
  const search = useRef<HTMLInputElement>(null)

  const forget = (entry: NameEntry): void => {
    if (offline) setLeaving(entry)
    else void actions.forget(entry)
  }
  const lastSelected = useRef<string>(undefined)
  useEffect(() => {
    if (selectedId === undefined && lastSelected.current !== undefined) {
      focusRow(lastSelected.current, search.current)
    }
    lastSelected.current = selectedId
  }, [selectedId])
  const selected = names?.find(({ id }) => id === selectedId)

  return (
    <div className={layout['split']} data-detail={selected !== undefined || undefined}>
      <section className={layout['list']} aria-label={words.tableCaption}>
        {offline && (
          <p className={layout['offline']}>
            <WifiOff aria-hidden="true" />
            {words.offline}
          </p>
        )}
        {names === undefined ? (
          <div className={layout['padded']}>
            <Skeleton lines={6} />
          </div>
        ) : names.length === 0 ? (
          <EmptyState icon={Globe} title={words.empty.title}>
            {words.empty.text}
          </EmptyState>
        ) : (
          <Listing
            names={names}
            query={query}
            onQuery={setQuery}
            search={search}
            selectedId={selected?.id}
            onSelect={setSelectedId}
            onForget={forget}
          />
        )}
      </section>
      {selected !== undefined && (
        <NameDetail
          key={selected.id}
          entry={selected}
          onClose={() => setSelectedId(undefined)}
          onForget={() => forget(selected)}
        />
      )}
      <ConfirmDialog
        isOpen={leaving !== undefined}
        title={words.actions.forgetOfflineTitle(leaving ? shortName(displayName(leaving)) : '')}
        description={words.actions.forgetOfflineText}
        confirmLabel={words.actions.forget}
        isDangerous
        onConfirm={() => {
          if (leaving !== undefined) void actions.forget(leaving)
        }}
        onClose={() => setLeaving(undefined)}
      />
    </div>
  )
}

/** After the details close, back to the row they were opened from, or to the filter if it is gone. */
function focusRow(id: string, otherwise: HTMLElement | null): void {
  const row = document.querySelector<HTMLElement>(`[data-row="${CSS.escape(id)}"]`)
  ;(row ?? otherwise)?.focus()
}

interface ListingProps {
  readonly names: readonly NameEntry[]
  readonly query: string
  readonly onQuery: (query: string) => void
  readonly search: RefObject<HTMLInputElement | null>
  readonly selectedId: string | undefined
  readonly onSelect: (id: string) => void
  readonly onForget: (entry: NameEntry) => void
}

function Listing(props: ListingProps) {
  const { names, query, onQuery, search, selectedId, onSelect, onForget } = props
  const nowMs = useNow(1000)
  const [order, setOrder] = useState<SortOrder>({ column: 'name', isDescending: false })
  const wanted = useDeferredValue(query)
  const matching = useMemo(() => filterNames(names, wanted), [names, wanted])
  const entries = sortNames(matching, order, nowMs)
  return (
    <>
      <ListToolbar
        label={words.search}
        placeholder={words.searchPlaceholder}
        query={query}
        onQuery={onQuery}
        count={words.count(entries.length, names.length)}
        field={search}
        testId="name-search"
      />
      {entries.length === 0 ? (
        <EmptyState
          icon={Search}
          title={words.noMatch(wanted)}
          action={<Button onClick={() => onQuery('')}>{words.clearSearch}</Button>}
        />
      ) : (
        <NamesTable
          entries={entries}
          nowMs={nowMs}
          order={order}
          onOrder={setOrder}
          selectedId={selectedId}
          onSelect={onSelect}
          onForget={onForget}
        />
      )}
    </>
  )
}
