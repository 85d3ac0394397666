import type { ReactNode } from 'react'
import styles from './Card.module.css'

/** The frame of a card without its heading, for what stands in the place of content. */
export function Panel({ children }: { readonly children: ReactNode }) {
  return <div className={styles['card']}>{children}</div>
}
