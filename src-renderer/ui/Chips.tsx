import type { ReactNode } from 'react'
import type { Tone } from './Badge.tsx'
import { classNames } from './class-names.ts'
import styles from './Chips.module.css'

/** What several others said, in a row. */
export function Chips({ children }: { readonly children: ReactNode }) {
  return <ul className={styles['chips']}>{children}</ul>
}

interface ChipProps {
  readonly who: string
  readonly what: string
  readonly tone: Tone
  /** On hover. */
  readonly title: string
  readonly testId: string
}

/** What one of them said, in a word. */
export function Chip({ who, what, tone, title, testId }: ChipProps) {
  return (
    <li className={classNames(styles['chip'], styles[tone])} title={title} data-testid={testId}>
      <span className={styles['who']}>{who}</span>
      <span className={styles['what']}>{what}</span>
    </li>
  )
}
