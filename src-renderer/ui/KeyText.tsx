import { shortKey } from '../text/format.ts'
import { CopyButton } from './CopyButton.tsx'
import styles from './KeyText.module.css'

interface KeyTextProps {
  /** npub, event id or another long key. */
  readonly value: string
  /** What it is, for the copy button: `npub`, `event id`. */
  readonly what: string
}

/** A key as its first 8 and last 6 characters, whole on hover and when copied. */
export function KeyText({ value, what }: KeyTextProps) {
  return (
    <span className={styles['key']}>
      <code title={value}>{shortKey(value)}</code>
      <CopyButton text={value} what={what} />
    </span>
  )
}
