import type { ReactNode } from 'react'
import { ChevronRight } from 'lucide-react'
import styles from './Disclosure.module.css'

interface DisclosureProps {
  readonly label: ReactNode
  readonly children: ReactNode
  readonly testId?: string
}

/** Something most people need not see, one press away. */
export function Disclosure({ label, children, testId }: DisclosureProps) {
  return (
    <details className={styles['details']} data-testid={testId}>
      <summary>
        <ChevronRight aria-hidden="true" />
        {label}
      </summary>
      <div className={styles['content']}>{children}</div>
    </details>
  )
}
