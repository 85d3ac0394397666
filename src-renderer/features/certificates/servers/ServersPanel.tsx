import { useMemo, useState } from 'react'
import { ShieldCheck } from 'lucide-react'
import type { CertificateEntry } from '../../../../src-preload/contract/model.ts'
import { useSlice } from '../../../state/window-context.ts'
import { text } from '../../../text/catalogue.ts'
import { Button } from '../../../ui/Button.tsx'
import { MasterDetail } from '../../../ui/MasterDetail.tsx'
import { Notice } from '../../../ui/Notice.tsx'
import type { SortOrder } from '../../../ui/RowTable.tsx'
import { isOffline } from '../../overview/resolution-state.ts'
import { EnableTrustButton, EnableTrustDialog } from '../computer/EnableTrust.tsx'
import { CertificateDetail } from './CertificateDetail.tsx'
import { filterCertificates, mismatches, type SortColumn } from './certificate-list.ts'
import { CertificatesTable } from './CertificatesTable.tsx'
import { CheckCard } from './CheckCard.tsx'
import { useCertificateActions } from './use-certificate-actions.ts'
import styles from '../Certificates.module.css'

const words = text.certificates

/** Servers under .nostr that this computer connected to, and whether they were the right ones. */
export function ServersPanel() {
  const certificates = useSlice('certificates')
  const trust = useSlice('trust')
  const relays = useSlice('relays')
  const keys = useSlice('keys')
  const aliases = useAliases()
  const [selectedId, setSelectedId] = useState<string>()
  const [order, setOrder] = useState<SortOrder<SortColumn>>({
    column: 'state',
    isDescending: false,
  })
  const [isEnabling, setEnabling] = useState(false)
  const actions = useCertificateActions()
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
      <MasterDetail
        rows={certificates}
        words={words}
        isOffline={relays !== undefined && isOffline(relays)}
        emptyIcon={ShieldCheck}
        filter={filterCertificates}
        selectedId={selectedId}
        onSelect={setSelectedId}
        renderTable={(entries, shownId) => (
          <CertificatesTable
            entries={entries}
            own={own}
            aliases={aliases}
            order={order}
            onOrder={setOrder}
            selectedId={shownId}
            onSelect={setSelectedId}
          />
        )}
        renderDetail={(entry, close) => (
          <CertificateDetail
            key={entry.id}
            entry={entry}
            isOwn={own.has(entry.npub)}
            onClose={close}
            onForget={() => void actions.forget(entry)}
          />
        )}
        className={styles['wideDetail']}
        searchTestId="certificate-search"
      />
      {isEnabling && <EnableTrustDialog onClose={() => setEnabling(false)} />}
    </>
  )
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
