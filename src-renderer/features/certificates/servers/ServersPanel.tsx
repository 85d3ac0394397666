import { useDeferredValue, useEffect, useMemo, useRef, useState, type RefObject } from 'react'
import { Search, ShieldCheck, WifiOff } from 'lucide-react'
import type { CertificateEntry } from '../../../../src-preload/contract/model.ts'
import { useSlice } from '../../../state/window-context.ts'
import { text } from '../../../text/catalogue.ts'
import { Button } from '../../../ui/Button.tsx'
import { classNames } from '../../../ui/class-names.ts'
import { EmptyState } from '../../../ui/EmptyState.tsx'
import { ListToolbar } from '../../../ui/ListToolbar.tsx'
import { Notice } from '../../../ui/Notice.tsx'
import { Skeleton } from '../../../ui/Skeleton.tsx'
import { useNow } from '../../../ui/use-now.ts'
import { isOffline } from '../../overview/resolution-state.ts'
import { EnableTrustButton, EnableTrustDialog } from '../computer/EnableTrust.tsx'
import { CertificateDetail } from './CertificateDetail.tsx'
import {
  filterCertificates,
  mismatches,
  sortCertificates,
  type SortOrder,
} from './certificate-list.ts'
import { CertificatesTable } from './CertificatesTable.tsx'
import { CheckCard } from './CheckCard.tsx'
import { useCertificateActions } from './use-certificate-actions.ts'
import layout from '../../../ui/MasterDetail.module.css'
import styles from './ServersPanel.module.css'

const words = text.certificates

/** Servers under .nostr that this computer connected to, and whether they were the right ones. */
export function ServersPanel() {
  const certificates = useSlice('certificates')
  const trust = useSlice('trust')
  const relays = useSlice('relays')
  const keys = useSlice('keys')
  const [query, setQuery] = useState('')
  const [selectedId, setSelectedId] = useState<string>()
  const [isEnabling, setEnabling] = useState(false)
  const actions = useCertificateActions()
  const search = useRef<HTMLInputElement>(null)
  useFocusBack(selectedId, search)

  const selected = certificates?.find(({ id }) => id === selectedId)
  const own = new Set(keys?.identities.map(({ npub }) => npub))
  return (
    <>
      <Attention certificates={certificates ?? []} onShow={setSelectedId} />
      {trust !== undefined && trust.authority === undefined && (
        <Notice
          tone="info"
          title={words.off.title}
          actions={<EnableTrustButton onClick={() => setEnabling(true)} />}
        >
          {words.off.text}
        </Notice>
      )}
      <CheckCard />
      <div
        className={classNames(layout['split'], styles['split'])}
        data-detail={selected !== undefined || undefined}
      >
        <section className={layout['list']} aria-label={words.tableCaption}>
          {relays !== undefined && isOffline(relays) && (
            <p className={layout['offline']}>
              <WifiOff aria-hidden="true" />
              {words.offline}
            </p>
          )}
          {certificates === undefined ? (
            <div className={layout['padded']}>
              <Skeleton lines={6} />
            </div>
          ) : certificates.length === 0 ? (
            <EmptyState icon={ShieldCheck} title={words.empty.title}>
              {words.empty.text}
            </EmptyState>
          ) : (
            <Listing
              certificates={certificates}
              own={own}
              query={query}
              onQuery={setQuery}
              search={search}
              selectedId={selected?.id}
              onSelect={setSelectedId}
            />
          )}
        </section>
        {selected !== undefined && (
          <CertificateDetail
            key={selected.id}
            entry={selected}
            isOwn={own.has(selected.npub)}
            onClose={() => setSelectedId(undefined)}
            onForget={() => void actions.forget(selected)}
          />
        )}
      </div>
      {isEnabling && <EnableTrustDialog onClose={() => setEnabling(false)} />}
    </>
  )
}

/** After the details close, back to the row they were opened from, or to the filter if it is gone. */
function useFocusBack(
  selectedId: string | undefined,
  otherwise: RefObject<HTMLInputElement | null>,
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

interface AttentionProps {
  readonly certificates: readonly CertificateEntry[]
  readonly onShow: (id: string) => void
}

/** Wrong servers, first of all; nothing when there are none. */
function Attention({ certificates, onShow }: AttentionProps) {
  const wrong = mismatches(certificates)
  const [latest] = wrong.toSorted((a, b) => b.lastCheckedMs - a.lastCheckedMs)
  return (
    <div aria-live="polite" hidden={latest === undefined}>
      {latest !== undefined && (
        <Notice
          tone="danger"
          title={words.attention.title(wrong.length)}
          testId="mismatch-notice"
          actions={<Button onClick={() => onShow(latest.id)}>{words.attention.show}</Button>}
        >
          {wrong.length === 1 ? words.attention.text : words.attention.textMany}
        </Notice>
      )}
    </div>
  )
}

interface ListingProps {
  readonly certificates: readonly CertificateEntry[]
  /** npubs of the user. */
  readonly own: ReadonlySet<string>
  readonly query: string
  readonly onQuery: (query: string) => void
  readonly search: RefObject<HTMLInputElement | null>
  readonly selectedId: string | undefined
  readonly onSelect: (id: string) => void
}

function Listing(props: ListingProps) {
  const { certificates, own, query, onQuery, search, selectedId, onSelect } = props
  const nowMs = useNow(10_000)
  const aliases = useAliases()
  const [order, setOrder] = useState<SortOrder>({ column: 'state', isDescending: false })
  const wanted = useDeferredValue(query)
  const listed = useMemo(
    () =>
      sortCertificates(filterCertificates(certificates, wanted), order).map((entry) => ({
        entry,
        alias: aliases.get(entry.npub),
        isOwn: own.has(entry.npub),
      })),
    [certificates, wanted, order, aliases, own],
  )
  return (
    <>
      <ListToolbar
        label={words.search}
        placeholder={words.searchPlaceholder}
        query={query}
        onQuery={onQuery}
        count={words.count(listed.length, certificates.length)}
        field={search}
        testId="certificate-search"
      />
      {listed.length === 0 ? (
        <EmptyState
          icon={Search}
          title={words.noMatch(wanted)}
          action={<Button onClick={() => onQuery('')}>{words.clearSearch}</Button>}
        />
      ) : (
        <CertificatesTable
          listed={listed}
          nowMs={nowMs}
          order={order}
          onOrder={setOrder}
          selectedId={selectedId}
          onSelect={onSelect}
        />
      )}
    </>
  )
}

/** What people call the owners, by npub. */
function useAliases(): ReadonlyMap<string, string> {
  const names = useSlice('names')
  return useMemo(
    () =>
      new Map(
        (names ?? []).flatMap(({ npub, alias }) => (alias === undefined ? [] : [[npub, alias]])),
      ),
    [names],
  )
}
