import styles from './CodeBlock.module.css'

interface CodeBlockProps {
  readonly label: string
  readonly children: string
}

/** Text to read or copy as it stands. It scrolls, so the keyboard must reach it. */
export function CodeBlock({ label, children }: CodeBlockProps) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- scrolled by keyboard
    <section className={styles['block']} tabIndex={0} aria-label={label}>
      <pre>{children}</pre>
    </section>
  )
}
