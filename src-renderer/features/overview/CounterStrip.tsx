import type { Counters } from '../../../src-preload/contract/model.ts'
import { useSlice } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { formatCount, formatPercent } from '../../text/format.ts'
import { Sparkline } from '../../ui/Sparkline.tsx'
import styles from './CounterStrip.module.css'

const words = text.overview.counters
const shown = ['queries', 'managed', 'forwarded', 'cacheHits', 'refused', 'failures'] as const

export function CounterStrip() {
  const counters = useSlice('counters')
  return (
    <div className={styles['strip']}>
      <dl className={styles['counters']} aria-label={words.title}>
        {shown.map((key) => (
          <div key={key} className={styles['counter']}>
            <dt>{words[key]}</dt>
            <dd>
              {counters === undefined ? text.shell.unknown : formatCount(counters[key])}
              {key === 'cacheHits' && counters !== undefined && counters.queries > 0 && (
                <small> {formatPercent(counters.cacheHits, counters.queries)}</small>
              )}
            </dd>
          </div>
        ))}
      </dl>
      {counters !== undefined && <LastMinute counters={counters} />}
    </div>
  )
}

function LastMinute({ counters: { perSecond } }: { readonly counters: Counters }) {
  const total = perSecond.reduce((sum, count) => sum + count, 0)
  const peak = Math.max(0, ...perSecond)
  return (
    <figure className={styles['minute']}>
      <Sparkline values={perSecond} label={words.sparkline(total, peak)} />
      <figcaption className={styles['caption']} aria-hidden="true">
        <span>{words.lastMinute}</span>
        <span>{peak === 0 ? words.quiet : words.peak(peak)}</span>
      </figcaption>
    </figure>
  )
}
