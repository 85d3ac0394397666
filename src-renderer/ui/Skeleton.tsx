import { text } from '../text/catalogue.ts'
import styles from './Skeleton.module.css'

/** Grey lines in the place of content that is on its way. */
export function Skeleton({ lines = 3 }: { readonly lines?: number }) {
  return (
    <div className={styles['block']} aria-busy="true">
      <span className="visually-hidden">{text.shell.loading}</span>
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} className={styles['line']} aria-hidden="true" />
      ))}
    </div>
  )
}
