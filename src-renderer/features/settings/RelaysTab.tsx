import { text } from '../../text/catalogue.ts'
import { Card } from '../../ui/Card.tsx'
import { SettingList, SettingNumber, SettingSwitch } from './SettingFields.tsx'
import styles from './Settings.module.css'

const words = text.settings.relays

export function RelaysTab() {
  return (
    <>
      <Card title={words.userTitle} subtitle={words.userSubtitle}>
        <SettingList
          path="relays.user"
          label={words.user}
          hint={words.userHint}
          placeholder="wss://relay.example.com"
        />
      </Card>
      <Card title={words.embeddedTitle} subtitle={words.embeddedSubtitle}>
        <div className={styles['fields']}>
          <SettingSwitch
            path="relays.embedded.enabled"
            label={words.embedded}
            hint={words.embeddedHint}
          />
          <SettingSwitch path="relays.embedded.lan" label={words.lan} hint={words.lanHint} />
          <SettingNumber path="relays.embedded.port" label={words.port} />
        </div>
      </Card>
      <Card title={text.settings.advanced}>
        <div className={styles['fields']}>
          <SettingList path="relays.defaults" label={words.defaults} hint={words.userHint} />
          <SettingList path="relays.indexers" label={words.indexers} hint={words.indexersHint} />
        </div>
      </Card>
    </>
  )
}
