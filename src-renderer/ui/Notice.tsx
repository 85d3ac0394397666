import type { ReactNode } from 'react'
import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react'
import type { Problem } from '../../src-main/env/errors.ts'
import { problemText } from '../text/problems.ts'
import { classNames } from './class-names.ts'
import styles from './Notice.module.css'

export type NoticeTone = 'neutral' | 'info' | 'ok' | 'warning' | 'danger'

const icons = {
  neutral: Info,
  info: Info,
  ok: CircleCheck,
  warning: TriangleAlert,
  danger: CircleAlert,
} as const

interface NoticeProps {
  readonly tone: NoticeTone
  readonly title: ReactNode
  readonly children?: ReactNode
  readonly actions?: ReactNode
  /** Announces itself when it appears. */
  readonly isLive?: boolean
  readonly testId?: string | undefined
}

/** A framed message in the flow of a screen. */
export function Notice({ tone, title, children, actions, isLive = false, testId }: NoticeProps) {
  const Icon = icons[tone]
  const role = isLive ? (tone === 'danger' ? 'alert' : 'status') : undefined
  return (
    <div className={classNames(styles['notice'], styles[tone])} role={role} data-testid={testId}>
      <Icon className={styles['icon']} aria-hidden="true" />
      <div className={styles['body']}>
        <p className={styles['title']}>{title}</p>
        {children !== undefined && <div className={styles['text']}>{children}</div>}
      </div>
      {actions !== undefined && <div className={styles['actions']}>{actions}</div>}
    </div>
  )
}

/** A failed call, worded for people. */
export function ProblemNotice({ problem }: { readonly problem: Problem }) {
  const { title, hint } = problemText(problem)
  return (
    <Notice tone="danger" title={title} isLive>
      {hint}
    </Notice>
  )
}
