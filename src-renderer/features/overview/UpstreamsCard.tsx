import { useSlice } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { formatLatency } from '../../text/format.ts'
import { StateDot } from '../../ui/Badge.tsx'
import { Card } from '../../ui/Card.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import styles from './Overview.module.css'

const words = text.overview.upstreams
const tones = { ok: 'ok', failing: 'danger', unused: 'neutral' } as const

export function UpstreamsCard() {
  const resolver = useSlice('resolver')
  return (
    <Card title={words.title}>
      {resolver === undefined ? (
        <Skeleton lines={3} />
      ) : resolver.upstreams.length === 0 ? (
        <p className={styles['muted']}>{words.empty}</p>
      ) : (
        <ul className={styles['cells']}>
          {resolver.upstreams.map(({ address, state, latencyMs, lastError }) => (
            <li key={address} className={styles['cell']}>
              <div className={styles['rowHead']}>
                <code className={styles['rowTitle']}>{address}</code>
                <span className={styles['figures']}>
                  {latencyMs !== undefined && (
                    <span className={styles['muted']}>{formatLatency(latencyMs)}</span>
                  )}
                  <StateDot tone={tones[state]}>{words.state[state]}</StateDot>
                </span>
              </div>
              {lastError !== undefined && state === 'failing' && (
                <p className={styles['danger']}>{lastError}</p>
              )}
            </li>
          ))}
        </ul>
      )}
    </Card>
  )
}
