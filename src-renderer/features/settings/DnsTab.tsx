import { text } from '../../text/catalogue.ts'
import { Card } from '../../ui/Card.tsx'
import { SettingList, SettingNumber, SettingSwitch } from './SettingFields.tsx'
import styles from './Settings.module.css'

const words = text.settings.dns

export function DnsTab() {
  return (
    <>
      <Card title={words.upstreamsTitle} subtitle={words.upstreamsSubtitle}>
        <SettingList
          path="resolver.upstreams"
          label={words.upstreams}
          hint={words.upstreamsHint}
          placeholder="8.8.8.8"
        />
      </Card>
      <Card title={words.portsTitle} subtitle={words.portsSubtitle}>
        <div className={styles['fields']}>
          <div className={styles['ports']}>
            <SettingNumber
              path="resolver.proxyPort"
              label={words.proxyPort}
              hint={words.proxyPortHint}
            />
            <SettingNumber
              path="resolver.splitPort"
              label={words.splitPort}
              hint={words.splitPortHint}
            />
            <SettingNumber path="resolver.dohPort" label={words.dohPort} hint={words.dohPortHint} />
          </div>
          <SettingSwitch
            path="resolver.usePortFallback"
            label={words.fallback}
            hint={words.fallbackHint}
          />
        </div>
      </Card>
      <Card title={words.privateTitle} subtitle={words.privateSubtitle}>
        <SettingList
          path="resolver.privateAddressOwners"
          label={words.privateOwners}
          hint={words.privateOwnersHint}
        />
      </Card>
    </>
  )
}
