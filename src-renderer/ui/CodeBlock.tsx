import { CopyButton } from './CopyButton.tsx'
import styles from './CodeBlock.module.css'

interface CodeBlockProps {
  readonly label: string
  readonly children: string
  /** What it is, for a button that copies it. Without it there is none. */
  readonly copyWhat?: string
}

/** Text to read or copy as it stands. It scrolls, so the keyboard must reach it. */
export function CodeBlock({ label, children, copyWhat }: CodeBlockProps) {
  return (
    <div className={styles['frame']}>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrolled by keyboard */}
      <section className={styles['block']} tabIndex={0} aria-label={label}>
        <pre>{children}</pre>
      </section>
      {copyWhat !== undefined && (
        <span className={styles['copy']}>
          <CopyButton text={children} what={copyWhat} />
        </span>
      )}
    </div>
  )
}
