import type { CertificateEntry } from '../../../../src-preload/contract/model.ts'
import { text } from '../../../text/catalogue.ts'
import { RelativeTime } from '../../../ui/RelativeTime.tsx'
import { historyText } from './history-text.ts'
import styles from './CertificateDetail.module.css'

/** What changed, newest first. */
export function CertificateHistory({ history }: { readonly history: CertificateEntry['history'] }) {
  return (
    <ol className={styles['history']} aria-label={text.certificates.detail.historyTitle}>
      {history.map(({ atMs, what }, index) => (
        // The engine only ever adds in front, and the same may be said twice at one time.
        <li key={`${history.length - index} ${what}`} data-grave={isGrave(what) || undefined}>
          <span>{historyText(what)}</span>
          <span className={styles['when']}>
            <RelativeTime atMs={atMs} />
          </span>
        </li>
      ))}
    </ol>
  )
}

function isGrave(what: string): boolean {
  return what === 'now: mismatch' || what === 'the server showed another key'
}
