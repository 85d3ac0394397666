import { text } from '../../text/catalogue.ts'
import { Card } from '../../ui/Card.tsx'
import { SettingList, SettingNumber, SettingSwitch } from './SettingFields.tsx'
import styles from './Settings.module.css'

const words = text.settings.pkarr

export function PkarrTab() {
  return (
    <>
      <Card title={words.title} subtitle={words.subtitle}>
        <div className={styles['fields']}>
          <SettingSwitch path="pkarr.enabled" label={words.enabled} hint={words.enabledHint} />
          <SettingSwitch path="pkarr.dht.enabled" label={words.dht} hint={words.dhtHint} />
        </div>
      </Card>
      <Card title={words.relaysTitle}>
        <SettingList
          path="pkarr.relays"
          label={words.relays}
          hint={words.relaysHint}
          placeholder="https://relay.example.com"
        />
      </Card>
      <Card title={words.advancedTitle}>
        <div className={styles['fields']}>
          <div className={styles['ports']}>
            <SettingNumber path="pkarr.dht.port" label={words.dhtPort} hint={words.dhtPortHint} />
            <SettingNumber path="pkarr.minTtl" label={words.minTtl} hint={words.minTtlHint} />
            <SettingNumber path="pkarr.maxTtl" label={words.maxTtl} hint={words.maxTtlHint} />
          </div>
          <SettingList
            path="pkarr.dht.bootstrap"
            label={words.bootstrap}
            hint={words.bootstrapHint}
          />
        </div>
      </Card>
    </>
  )
}
