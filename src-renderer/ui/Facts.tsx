import type { ReactNode } from 'react'
import styles from './Facts.module.css'

/** Terms with their values, one below the other. */
export function Facts({ children }: { readonly children: ReactNode }) {
  return <dl className={styles['facts']}>{children}</dl>
}

interface FactProps {
  readonly term: string
  /** In plain words below the value. */
  readonly explanation?: string | undefined
  readonly children: ReactNode
}

export function Fact({ term, explanation, children }: FactProps) {
  return (
    <div className={styles['fact']}>
      <dt>{term}</dt>
      <dd>
        {children}
        {explanation !== undefined && <span className={styles['explanation']}>{explanation}</span>}
      </dd>
    </div>
  )
}
