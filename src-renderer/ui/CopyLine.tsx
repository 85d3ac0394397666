import { CopyButton } from './CopyButton.tsx'
import styles from './CopyLine.module.css'

interface CopyLineProps {
  readonly value: string
  /** What it is, for the copy button. */
  readonly what: string
  /** Shown in place of the value, which is what is copied. */
  readonly shown?: string
}

/** One line of text to copy: an address, a path, a command. */
export function CopyLine({ value, what, shown = value }: CopyLineProps) {
  return (
    <span className={styles['line']}>
      <code title={value}>{shown}</code>
      <CopyButton text={value} what={what} />
    </span>
  )
}
