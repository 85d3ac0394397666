import type { ReactNode } from 'react'
import { classNames } from './class-names.ts'
import styles from './Badge.module.css'

export type Tone = 'neutral' | 'accent' | 'ok' | 'warning' | 'danger'

interface BadgeProps {
  readonly tone?: Tone
  readonly title?: string | undefined
  readonly children: ReactNode
}

export function Badge({ tone = 'neutral', title, children }: BadgeProps) {
  return (
    <span className={classNames(styles['badge'], styles[tone])} title={title}>
      {children}
    </span>
  )
}

/** A state as a coloured dot and a word: never colour alone. */
export function StateDot({
  tone,
  children,
}: {
  readonly tone: Tone
  readonly children: ReactNode
}) {
  return (
    <span className={styles['state']}>
      <span className={classNames(styles['dot'], styles[tone])} aria-hidden="true" />
      {children}
    </span>
  )
}
