import type { ReactNode } from 'react'
import { X, type LucideIcon } from 'lucide-react'
import type { Result } from '../../src-main/env/errors.ts'
import { Button } from './Button.tsx'
import { classNames } from './class-names.ts'
import { IconButton } from './IconButton.tsx'
import { ProblemNotice } from './Notice.tsx'
import styles from './QueryCard.module.css'

interface QueryCardProps<Answer> {
  readonly label: string
  /** The field, or the field and a narrow one beside it. */
  readonly fields: ReactNode
  /** Whether there is one, and how wide. */
  readonly side?: 'none' | 'narrow' | 'wide'
  readonly submit: { readonly label: string; readonly icon: LucideIcon }
  readonly isPending: boolean
  readonly onSubmit: () => void
  /** What the last question brought; undefined before the first and after it was closed. */
  readonly outcome: Result<Answer> | undefined
  readonly renderAnswer: (answer: Answer) => ReactNode
  readonly closeLabel: string
  readonly onClose: () => void
  readonly testId: string
}

/** A box that asks one question and keeps its answer below until that is closed. */
export function QueryCard<Answer>(props: QueryCardProps<Answer>) {
  const { label, fields, side = 'none', submit, isPending, onSubmit } = props
  const { outcome, renderAnswer, closeLabel, onClose, testId } = props
  return (
    <section className={styles['card']} aria-label={label}>
      <form
        className={classNames(styles['form'], styles[side])}
        onSubmit={(event) => {
          event.preventDefault()
          if (!isPending) onSubmit()
        }}
      >
        {fields}
        <Button type="submit" variant="primary" icon={submit.icon} isPending={isPending}>
          {submit.label}
        </Button>
      </form>
      <div aria-live="polite">
        {outcome !== undefined && (
          <div className={styles['result']} data-testid={testId}>
            {outcome.ok ? renderAnswer(outcome.value) : <ProblemNotice problem={outcome.error} />}
            <span className={styles['close']}>
              <IconButton icon={X} label={closeLabel} onClick={onClose} />
            </span>
          </div>
        )}
      </div>
    </section>
  )
}
