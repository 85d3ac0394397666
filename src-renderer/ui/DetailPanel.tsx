import { useEffect, useRef, type ReactNode } from 'react'
import { X } from 'lucide-react'
import { text } from '../text/catalogue.ts'
import { IconButton } from './IconButton.tsx'
import styles from './DetailPanel.module.css'

interface DetailPanelProps {
  readonly title: string
  /** The title in full, on hover. */
  readonly fullTitle: string
  /** Beside the title. */
  readonly badges?: ReactNode
  readonly testId: string
  readonly onClose: () => void
  readonly children: ReactNode
}

/** The details of a chosen row. Takes the focus when it opens; Escape closes it. */
export function DetailPanel(props: DetailPanelProps) {
  const { title, fullTitle, badges, testId, onClose, children } = props
  const section = useRef<HTMLElement>(null)
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    heading.current?.focus({ preventScroll: true })
    heading.current?.scrollIntoView({ block: 'nearest' })
  }, [])
  useEffect(() => {
    const panel = section.current
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !event.defaultPrevented) onClose()
    }
    panel?.addEventListener('keydown', onKey)
    return () => panel?.removeEventListener('keydown', onKey)
  }, [onClose])

  return (
    <section ref={section} className={styles['detail']} aria-label={title} data-testid={testId}>
      <header className={styles['header']}>
        <div className={styles['titles']}>
          <h2 ref={heading} tabIndex={-1} className={styles['title']} title={fullTitle}>
            {title}
          </h2>
          {badges}
        </div>
        <IconButton icon={X} label={text.shell.closeDetails} onClick={onClose} />
      </header>
      {children}
    </section>
  )
}
