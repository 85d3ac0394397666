import { useOpenCertificates, useSlice } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { StateDot } from '../../ui/Badge.tsx'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { TrustCard } from '../overview/TrustCard.tsx'
import { SettingSwitch } from './SettingFields.tsx'
import styles from './Settings.module.css'

const words = text.settings.https
const tones = { listening: 'ok', off: 'neutral', failed: 'danger' } as const

export function HttpsTab() {
  const trust = useSlice('trust')
  const openCertificates = useOpenCertificates()
  const transparent = trust?.transparent
  const isOff = trust !== undefined && trust.authority === undefined
  return (
    <>
      <TrustCard />
      <Card
        title={words.transparentTitle}
        actions={
          transparent !== undefined && (
            <StateDot tone={tones[transparent.state]}>{words.states[transparent.state]}</StateDot>
          )
        }
      >
        <div className={styles['fields']}>
          {isOff && (
            <Notice
              tone="neutral"
              title={words.off}
              actions={<Button onClick={() => openCertificates('computer')}>{words.open}</Button>}
            />
          )}
          <SettingSwitch
            path="trust.transparent"
            label={words.transparent}
            hint={words.transparentHint}
            consent={{
              title: words.consentTitle,
              text: <Price />,
              confirm: words.consentConfirm,
            }}
          />
          {transparent?.problem !== undefined && (
            <Notice tone="warning" title={transparent.problem} testId="transparent-problem" />
          )}
          {transparent?.state === 'listening' && (
            <p className={styles['muted']}>{words.leadsTo(transparent.addresses)}</p>
          )}
        </div>
      </Card>
    </>
  )
}

function Price() {
  return (
    <>
      <p>{words.consentText}</p>
      <ul className={styles['price']}>
        {words.price.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
    </>
  )
}
