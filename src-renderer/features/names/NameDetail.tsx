import { RefreshCw, Trash2 } from 'lucide-react'
import type { NameEntry } from '../../../src-preload/contract/model.ts'
import { usePending } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { plural, shortName } from '../../text/format.ts'
import { Badge } from '../../ui/Badge.tsx'
import { Button } from '../../ui/Button.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { DetailPanel } from '../../ui/DetailPanel.tsx'
import { RelativeTime } from '../../ui/RelativeTime.tsx'
import { displayName } from './names-list.ts'
import { PetnameBox } from './PetnameBox.tsx'
import { RecordsTable } from '../records/RecordsTable.tsx'
import { TrustList } from './TrustList.tsx'
import { useNameActions } from './use-name-actions.ts'
import styles from '../../ui/DetailPanel.module.css'

const words = text.names

interface NameDetailProps {
  readonly entry: NameEntry
  readonly onClose: () => void
  readonly onForget: () => void
}

/** Everything known of one name, above all why its records may be believed. */
export function NameDetail({ entry, onClose, onForget }: NameDetailProps) {
  const actions = useNameActions()
  const isRefreshing = usePending(`names.refresh ${entry.id}`)
  return (
    <DetailPanel
      title={shortName(displayName(entry))}
      fullTitle={entry.name}
      badges={entry.isOwn && <Badge tone="accent">{words.own}</Badge>}
      testId="name-detail"
      onClose={onClose}
    >
      <p className={styles['full']}>
        <code title={entry.name}>{shortName(entry.name)}</code>
        <CopyButton text={entry.name} what={words.columns.name.toLowerCase()} />
      </p>
      <div className={styles['actions']}>
        <Button
          icon={RefreshCw}
          isPending={isRefreshing}
          onClick={() => void actions.refresh(entry)}
        >
          {words.actions.refresh}
        </Button>
        <Button
          icon={Trash2}
          variant="quiet"
          onClick={() => {
            onClose()
            onForget()
          }}
        >
          {words.actions.forget}
        </Button>
      </div>

      <h3 className={styles['section']}>{words.detail.recordsTitle}</h3>
      {entry.records.length === 0 ? (
        <p className={styles['muted']}>{entry.failure ?? emptyReason(entry)}</p>
      ) : (
        <RecordsTable records={entry.records} apex={entry.name} />
      )}

      <h3 className={styles['section']}>{words.detail.trustTitle}</h3>
      <Trust entry={entry} />

      <PetnameBox npub={entry.npub} />

      <p className={styles['asked']}>
        {words.detail.asked} {plural(entry.asked, 'time', 'times')},{' '}
        <RelativeTime atMs={entry.lastAskedMs} />
        {entry.hosts.length > 1 && ` · ${words.detail.hosts}: ${entry.hosts.join(', ')}`}
      </p>
    </DetailPanel>
  )
}

function emptyReason({ state }: NameEntry): string {
  return state === 'empty' ? words.detail.noRecords : words.states[state]
}

function Trust({ entry }: { readonly entry: NameEntry }) {
  if (entry.state === 'nxdomain' || entry.state === 'failed' || entry.state === 'resolving') {
    if (entry.eventIds.length === 0) {
      return <p className={styles['muted']}>{words.detail.nothingToTrust[entry.state]}</p>
    }
  }
  return (
    <TrustList
      facts={{
        verifiedBy: words.detail.verified,
        signer: entry.npub,
        signedAt: entry.signedAt,
        validUntil: entry.validUntil,
        seenAtMs: entry.seenAtMs,
        format: entry.format,
        eventIds: entry.eventIds,
        sources: entry.relays,
        notes: entry.notes,
      }}
    />
  )
}
