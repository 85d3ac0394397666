import { useId, type ReactNode } from 'react'
import { classNames } from './class-names.ts'
import styles from './Card.module.css'

interface CardProps {
  readonly title: ReactNode
  /** One line under the title. */
  readonly subtitle?: ReactNode
  /** Controls at the right of the title. */
  readonly actions?: ReactNode
  readonly className?: string | undefined
  readonly children: ReactNode
}

/** A titled region: the building block of every screen. */
export function Card({ title, subtitle, actions, className, children }: CardProps) {
  const id = useId()
  return (
    <section className={classNames(styles['card'], className)} aria-labelledby={id}>
      <header className={styles['header']}>
        <div className={styles['titles']}>
          <h2 id={id} className={styles['title']}>
            {title}
          </h2>
          {subtitle !== undefined && <p className={styles['subtitle']}>{subtitle}</p>}
        </div>
        {actions !== undefined && <div className={styles['actions']}>{actions}</div>}
      </header>
      {children}
    </section>
  )
}
