import { CircleAlert, CircleCheck, TriangleAlert } from 'lucide-react'
import type { PkarrDeliveryView } from '../../../src-preload/contract/pkarr-model.ts'
import { text } from '../../text/catalogue.ts'
import { Chip, Chips } from '../../ui/Chips.tsx'
import { RelativeTime } from '../../ui/RelativeTime.tsx'
import { carrierName, summariseDelivery } from './pkarr-state.ts'
import styles from './Zone.module.css'

const words = text.pkarr.delivery
const icons = { ok: CircleCheck, warning: TriangleAlert, danger: CircleAlert } as const
const tones = {
  stored: 'ok',
  conflict: 'danger',
  'rate-limited': 'warning',
  refused: 'danger',
  unreachable: 'warning',
} as const

interface DeliveryListProps {
  readonly atMs: number
  readonly results: readonly PkarrDeliveryView[]
  /** What the engine has to say about it. */
  readonly warnings?: readonly string[]
}

/** What each carrier said to a publication, and what that means. */
export function DeliveryList({ atMs, results, warnings }: DeliveryListProps) {
  const summary = summariseDelivery(results, warnings)
  const Icon = icons[summary.tone]
  return (
    <div className={styles['delivery']} data-testid="delivery" data-tone={summary.tone}>
      <p className={styles['deliveryHead']}>
        <Icon className={styles[summary.tone]} aria-hidden="true" />
        <span>
          <strong>{summary.title}</strong>{' '}
          <span className={styles['muted']}>
            <RelativeTime atMs={atMs} />
          </span>
        </span>
      </p>
      <Chips>
        {results.map((result) => (
          <Chip
            key={result.carrier}
            who={carrierName(result.carrier)}
            what={saying(result)}
            tone={tones[result.state]}
            title={[result.carrier, result.detail].filter(Boolean).join('\n')}
            testId="delivery-carrier"
          />
        ))}
      </Chips>
      {summary.warnings.map((warning) => (
        <p key={warning} className={styles['muted']}>
          {warning}
        </p>
      ))}
    </div>
  )
}

/** `stored, 17 nodes`, `asked to wait: 429`. */
function saying({ state, nodes, detail }: PkarrDeliveryView): string {
  const parts = [
    words.states[state],
    ...(nodes === undefined ? [] : [words.nodes(nodes)]),
    ...(detail === undefined ? [] : [detail]),
  ]
  return parts.join(' · ')
}
