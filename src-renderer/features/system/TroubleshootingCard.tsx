import { useServices, useSlice } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { shortName } from '../../text/format.ts'
import type { Trouble } from '../../text/troubleshooting.ts'
import { Card } from '../../ui/Card.tsx'
import { CopyLine } from '../../ui/CopyLine.tsx'
import { Disclosure } from '../../ui/Disclosure.tsx'
import styles from './System.module.css'

const words = text.troubleshooting

/** What most often stands between a name and a program that asks for it, on this platform. */
export function TroubleshootingCard() {
  const { api } = useServices()
  const own = useSlice('keys')?.identities.find(({ isDefault }) => isDefault)
  const name = own === undefined ? words.example : `${own.npub}.nostr`
  return (
    <Card title={words.title} subtitle={words.subtitle}>
      <ul className={styles['troubles']} data-testid="troubleshooting">
        {words.on(api.platform).map((trouble) => (
          <li key={trouble.id}>
            <TroubleItem trouble={trouble} name={name} command={trouble.commands?.[api.platform]} />
          </li>
        ))}
      </ul>
    </Card>
  )
}

interface TroubleItemProps {
  readonly trouble: Trouble
  /** A name to try. */
  readonly name: string
  readonly command: string | undefined
}

function TroubleItem({ trouble, name, command }: TroubleItemProps) {
  return (
    <Disclosure label={trouble.symptom} testId={`trouble-${trouble.id}`}>
      <p className={styles['muted']}>{trouble.cause}</p>
      <ul className={styles['steps']}>
        {trouble.steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ul>
      {command !== undefined && (
        <CopyLine
          value={command.replace('{name}', name)}
          what={words.command}
          shown={command.replace('{name}', shortName(name))}
        />
      )}
    </Disclosure>
  )
}
