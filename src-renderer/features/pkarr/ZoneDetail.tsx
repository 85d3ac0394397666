import { useState } from 'react'
import { Bookmark, BookmarkX, Pencil, RefreshCw, Send, Trash2 } from 'lucide-react'
import type { PkarrZoneView } from '../../../src-preload/contract/pkarr-model.ts'
import { usePending, useSlice } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { Badge } from '../../ui/Badge.tsx'
import { Button } from '../../ui/Button.tsx'
import { CopyLine } from '../../ui/CopyLine.tsx'
import { DetailPanel } from '../../ui/DetailPanel.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { DeliveryList } from './DeliveryList.tsx'
import { Endpoints } from './Endpoints.tsx'
import { zoneName, zoneState } from './pkarr-state.ts'
import { useZoneActions, zoneKey } from './use-zone-actions.ts'
import { ZoneEditor } from './ZoneEditor.tsx'
import { ZoneFacts } from './ZoneFacts.tsx'
import detail from '../../ui/DetailPanel.module.css'
import styles from './Zone.module.css'

const words = text.pkarr

interface ZoneDetailProps {
  readonly zone: PkarrZoneView
  readonly onClose: () => void
}

/** Everything known of one zone: its records, why they may be believed, and how they were sent. */
export function ZoneDetail({ zone, onClose }: ZoneDetailProps) {
  const { key, isOwn, isFollowed, delivery } = zone
  const identity = useSlice('pkarr')?.identities.find((held) => held.key === key)
  const actions = useZoneActions()
  const isPending = usePending(zoneKey(zone))
  const [isEditing, setEditing] = useState(false)
  return (
    <DetailPanel
      title={zoneName(zone)}
      fullTitle={key}
      badges={
        isOwn ? (
          <Badge tone="accent">{words.own}</Badge>
        ) : (
          isFollowed && <Badge>{words.followed}</Badge>
        )
      }
      testId="zone-detail"
      onClose={onClose}
    >
      <p className={detail['full']}>
        <CopyLine value={key} what={words.detail.what} />
      </p>
      <div className={detail['actions']}>
        {identity !== undefined && (
          <Button variant="primary" icon={Pencil} onClick={() => setEditing(true)}>
            {words.actions.edit}
          </Button>
        )}
        <Button icon={RefreshCw} isPending={isPending} onClick={() => void actions.refresh(zone)}>
          {words.actions.refresh}
        </Button>
        {(isOwn || isFollowed) && (
          <Button icon={Send} isPending={isPending} onClick={() => void actions.resend(zone)}>
            {words.actions.resend}
          </Button>
        )}
        {!isOwn && (
          <>
            <Button
              icon={isFollowed ? BookmarkX : Bookmark}
              title={words.actions.followHint}
              isPending={isPending}
              onClick={() => void actions.setFollowed(zone, !isFollowed)}
            >
              {isFollowed ? words.actions.unfollow : words.actions.follow}
            </Button>
            <Button
              icon={Trash2}
              variant="quiet"
              onClick={() => {
                onClose()
                void actions.forget(zone)
              }}
            >
              {words.actions.forget}
            </Button>
          </>
        )}
      </div>
      <Doubts zone={zone} isPending={isPending} onFetch={() => void actions.refresh(zone)} />
      <ZoneFacts zone={zone} />
      {delivery !== undefined && (
        <>
          <h3 className={detail['section']}>{words.detail.deliveryTitle}</h3>
          <DeliveryList atMs={delivery.atMs} results={delivery.results} />
        </>
      )}
      <Endpoints zoneKey={key} />
      {isEditing && identity !== undefined && (
        <ZoneEditor identity={identity} onClose={() => setEditing(false)} />
      )}
    </DetailPanel>
  )
}

interface DoubtsProps {
  readonly zone: PkarrZoneView
  readonly isPending: boolean
  readonly onFetch: () => void
}

/** Why it may not be as it seems; nothing for a zone without doubts. */
function Doubts({ zone, isPending, onFetch }: DoubtsProps) {
  const state = zoneState(zone)
  const hasFailed = zone.signedAtMs !== undefined && zone.failure !== undefined
  if (state !== 'unverified' && state !== 'stale' && !hasFailed) return null
  const fetchButton = (
    <Button isPending={isPending} onClick={onFetch}>
      {words.detail.fetch}
    </Button>
  )
  return (
    <div className={styles['doubts']}>
      {state === 'unverified' && (
        <Notice
          tone="warning"
          title={words.detail.unverifiedTitle}
          testId="zone-unverified"
          actions={fetchButton}
        >
          {words.detail.unverifiedText}
        </Notice>
      )}
      {state === 'stale' && (
        <Notice tone="warning" title={words.detail.staleTitle} testId="zone-stale">
          {words.detail.staleText}
        </Notice>
      )}
      {hasFailed && (
        <Notice tone="neutral" title={words.detail.failureTitle}>
          {zone.failure}
        </Notice>
      )}
    </div>
  )
}
