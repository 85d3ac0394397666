import { useServices, useSlice } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { Card } from '../../ui/Card.tsx'
import { CodeBlock } from '../../ui/CodeBlock.tsx'
import { manualSteps } from './manual-steps.ts'
import styles from './System.module.css'

const words = text.system.manual

/** What to write by hand where the system cannot be set up from here. */
export function ManualCard({ suffixes }: { readonly suffixes: readonly string[] }) {
  const { api } = useServices()
  const listeners = useSlice('resolver')?.listeners ?? []
  const split = listeners.find(({ id, state }) => id === 'split' && state === 'listening')
  const wanted = useSlice('settings')?.resolver.splitPort
  const port = split?.port ?? wanted
  if (port === undefined) return null
  return (
    <Card title={words.title} subtitle={words.text}>
      <ul className={styles['files']} data-testid="system-manual">
        {manualSteps(api.platform, suffixes, port).map(({ where, lines }) => (
          <li key={where}>
            <p className={styles['path']}>{where}</p>
            <CodeBlock label={where} copyWhat={words.what}>
              {lines}
            </CodeBlock>
          </li>
        ))}
      </ul>
      <p className={styles['after']}>{words.window}</p>
    </Card>
  )
}
