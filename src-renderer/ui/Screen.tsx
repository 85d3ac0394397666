import type { ReactNode } from 'react'
import styles from './Screen.module.css'

interface ScreenProps {
  readonly title: string
  readonly subtitle?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** A screen of the window: its heading, and its parts one below the other. */
export function Screen({ title, subtitle, actions, children }: ScreenProps) {
  return (
    <div className={styles['screen']}>
      <header className={styles['header']}>
        <div className={styles['titles']}>
          <h1 className={styles['title']}>{title}</h1>
          {subtitle !== undefined && <p className={styles['subtitle']}>{subtitle}</p>}
        </div>
        {actions !== undefined && <div className={styles['actions']}>{actions}</div>}
      </header>
      {children}
    </div>
  )
}
