import { text } from '../../text/catalogue.ts'
import { Card } from '../../ui/Card.tsx'
import { SettingList, SettingNumber, SettingSwitch } from './SettingFields.tsx'
import styles from './Settings.module.css'

const words = text.settings.names

export function NamesTab() {
  return (
    <>
      <Card title={words.systemsTitle} subtitle={words.systemsSubtitle}>
        <div className={styles['fields']}>
          <SettingSwitch path="systems.nip05" label={words.nip05} hint={words.nip05Hint} />
          <SettingSwitch path="systems.nns30053" label={words.nns30053} hint={words.nns30053Hint} />
          <SettingSwitch
            path="systems.dnstr31034"
            label={words.dnstr31034}
            hint={words.dnstr31034Hint}
          />
        </div>
      </Card>
      <Card title={words.copiesTitle} subtitle={words.copiesSubtitle}>
        <div className={styles['fields']}>
          <SettingSwitch path="publish.copyPoc" label={words.copyPoc} hint={words.copyPocHint} />
          <SettingSwitch
            path="publish.copyNodns"
            label={words.copyNodns}
            hint={words.copyNodnsHint}
          />
          <SettingSwitch
            path="publish.copyNodnsCertificate"
            label={words.copyNodnsCertificate}
            hint={words.copyNodnsCertificateHint}
            consent={{
              title: words.copyNodnsCertificateTitle,
              text: words.copyNodnsCertificateText,
              confirm: words.copyNodnsCertificateConfirm,
            }}
          />
        </div>
      </Card>
      <Card title={words.addressTitle} subtitle={words.addressSubtitle}>
        <div className={styles['fields']}>
          <SettingNumber
            path="publish.addressCheckMinutes"
            label={words.addressCheckMinutes}
            hint={words.addressCheckMinutesHint}
          />
          <SettingList
            path="publish.addressServices"
            label={words.addressServices}
            hint={words.addressServicesHint}
          />
          <SettingList
            path="publish.stunServers"
            label={words.stunServers}
            hint={words.stunServersHint}
          />
        </div>
      </Card>
    </>
  )
}
