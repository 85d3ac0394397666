import { hashGroups } from '../text/format.ts'
import { CopyButton } from './CopyButton.tsx'
import styles from './HashText.module.css'

interface HashTextProps {
  /** Hexadecimal. */
  readonly value: string
  /** What it is, for the copy button. Without it there is none. */
  readonly what?: string
}

/** A whole hash in groups that the eye can compare. */
export function HashText({ value, what }: HashTextProps) {
  return (
    <span className={styles['hash']}>
      <code className={styles['groups']} title={value}>
        {hashGroups(value).map((group, index) => (
          // Groups may repeat, and their order never changes.
          <span key={`${index} ${group}`}>{group}</span>
        ))}
      </code>
      {what !== undefined && <CopyButton text={value} what={what} />}
    </span>
  )
}
