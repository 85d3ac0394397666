import { useState } from 'react'
import { Globe } from 'lucide-react'
import type { NameEntry } from '../../../src-preload/contract/model.ts'
import { useServices, useSlice, useWindow } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { shortName } from '../../text/format.ts'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { MasterDetail } from '../../ui/MasterDetail.tsx'
import type { SortOrder } from '../../ui/RowTable.tsx'
import { Screen } from '../../ui/Screen.tsx'
import { isOffline } from '../overview/resolution-state.ts'
import { KeyChanges } from './KeyChanges.tsx'
import { LookupCard } from './LookupCard.tsx'
import { NameDetail } from './NameDetail.tsx'
import { displayName, filterNames, type SortColumn } from './names-list.ts'
import { NamesTable } from './NamesTable.tsx'
import { useNameActions } from './use-name-actions.ts'

const words = text.names

export function NamesView() {
  return (
    <Screen title={words.title} subtitle={words.subtitle}>
      <KeyChanges />
      <LookupCard />
      <NamesList />
    </Screen>
  )
}

function NamesList() {
  const names = useSlice('names')
  const relays = useSlice('relays')
  const offline = relays !== undefined && isOffline(relays)
  const { store } = useServices()
  const selectedId = useWindow((state) => state.selectedNameId)
  const select = (selectedNameId: string | undefined): void => store.setState({ selectedNameId })
  const [order, setOrder] = useState<SortOrder<SortColumn>>({ column: 'name', isDescending: false })
  const [leaving, setLeaving] = useState<NameEntry>()
  const actions = useNameActions()

  const forget = (entry: NameEntry): void => {
    if (offline) setLeaving(entry)
    else void actions.forget(entry)
  }

  return (
    <>
      <MasterDetail
        rows={names}
        words={words}
        isOffline={offline}
        emptyIcon={Globe}
        filter={filterNames}
        selectedId={selectedId}
        onSelect={select}
        renderTable={(entries, shownId) => (
          <NamesTable
            entries={entries}
            order={order}
            onOrder={setOrder}
            selectedId={shownId}
            onSelect={select}
            onForget={forget}
          />
        )}
        renderDetail={(entry, close) => (
          <NameDetail key={entry.id} entry={entry} onClose={close} onForget={() => forget(entry)} />
        )}
        searchTestId="name-search"
      />
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
    </>
  )
}
