import { Send, Settings } from 'lucide-react'
import type { PkarrCarrierView } from '../../../src-preload/contract/pkarr-model.ts'
import { useOpenSettings, usePending, useSlice } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { formatLatency } from '../../text/format.ts'
import { StateDot } from '../../ui/Badge.tsx'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { carrierName, isPkarrOffline } from './pkarr-state.ts'
import { useZoneActions } from './use-zone-actions.ts'
import styles from './Zone.module.css'

const words = text.pkarr.carriers
const tones = { unused: 'neutral', ok: 'ok', failing: 'danger', off: 'neutral' } as const

/** The ways packets travel, and how each of them does. */
export function CarriersPanel() {
  const pkarr = useSlice('pkarr')
  const openSettings = useOpenSettings()
  const actions = useZoneActions()
  const isSending = usePending('pkarr.republish')
  const hasZones = pkarr?.zones.some(({ isOwn, isFollowed }) => isOwn || isFollowed) === true
  return (
    <Card
      title={words.title}
      subtitle={words.subtitle}
      actions={
        <>
          {hasZones && (
            <Button
              icon={Send}
              variant="quiet"
              isPending={isSending}
              onClick={() => void actions.resendAll()}
            >
              {text.pkarr.actions.resendAll}
            </Button>
          )}
          <Button icon={Settings} onClick={() => openSettings('pkarr')}>
            {words.settings}
          </Button>
        </>
      }
    >
      {pkarr === undefined ? (
        <Skeleton lines={4} />
      ) : pkarr.carriers.length === 0 ? (
        <p className={styles['muted']}>{words.empty}</p>
      ) : (
        <>
          {isPkarrOffline(pkarr) && <Notice tone="warning" title={text.pkarr.offline} />}
          <ul className={styles['carriers']}>
            {pkarr.carriers.map((carrier) => (
              <Carrier key={carrier.id} carrier={carrier} />
            ))}
          </ul>
        </>
      )}
    </Card>
  )
}

function Carrier({ carrier }: { readonly carrier: PkarrCarrierView }) {
  const { id, kind, state, latencyMs, nodes, lastError } = carrier
  const figures = [
    ...(latencyMs === undefined ? [] : [formatLatency(latencyMs)]),
    ...(nodes === undefined || state === 'off' ? [] : [words.nodes(nodes)]),
  ]
  return (
    <li className={styles['carrier']} data-testid="carrier-row" data-state={state}>
      <span className={styles['carrierName']} title={id}>
        {carrierName(id)}
      </span>
      <span className={styles['muted']}>{figures.join(' · ')}</span>
      <StateDot tone={tones[state]}>{words.states[state]}</StateDot>
      {lastError !== undefined && state === 'failing' && (
        <p className={styles['carrierError']}>{lastError}</p>
      )}
      {kind === 'dht' && state !== 'off' && nodes === 0 && (
        <p className={styles['muted']}>{words.fewNodes}</p>
      )}
    </li>
  )
}
