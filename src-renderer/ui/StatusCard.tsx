import type { ReactNode } from 'react'
import type { LucideIcon } from 'lucide-react'
import type { Tone } from './Badge.tsx'
import { classNames } from './class-names.ts'
import card from './Card.module.css'
import styles from './StatusCard.module.css'

interface StatusCardProps {
  readonly label: string
  readonly tone: Tone
  readonly icon: LucideIcon
  readonly isBusy?: boolean
  readonly title: string
  readonly line: ReactNode
  readonly actions?: ReactNode
  /** Below the head. */
  readonly children?: ReactNode
  /** Of the words. */
  readonly testId: string
  readonly state?: string
}

/** Where something stands, as an icon, a word and a sentence, and what can be done about it. */
export function StatusCard(props: StatusCardProps) {
  const { label, tone, icon: Icon, isBusy = false, title, line, actions, children } = props
  const { testId, state } = props
  return (
    <section className={card['card']} aria-label={label}>
      <div className={styles['head']}>
        <span className={classNames(styles['icon'], styles[tone], isBusy && styles['busy'])}>
          <Icon aria-hidden="true" />
        </span>
        <div className={styles['words']} aria-live="polite" data-testid={testId} data-state={state}>
          <p className={styles['title']}>{title}</p>
          <p className={styles['line']}>{line}</p>
        </div>
        {actions !== undefined && <div className={styles['actions']}>{actions}</div>}
      </div>
      {children}
    </section>
  )
}
