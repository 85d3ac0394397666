import { useOpenCertificates, useSlice } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { TrustCard } from '../overview/TrustCard.tsx'
import { SettingSwitch } from './SettingFields.tsx'
import styles from './Settings.module.css'

const words = text.settings.https

export function HttpsTab() {
  const trust = useSlice('trust')
  const openCertificates = useOpenCertificates()
  const isOff = trust !== undefined && trust.authority === undefined
  return (
    <>
      <TrustCard />
      <Card title={words.transparentTitle}>
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
