import type { Identity } from '../../../src-preload/contract/model.ts'
import { text } from '../../text/catalogue.ts'
import { shortKey } from '../../text/format.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { SelectField } from '../../ui/Field.tsx'
import { QrCode } from '../../ui/QrCode.tsx'
import { hostName, shortHostName } from './host-state.ts'
import styles from './NameCard.module.css'

const words = text.publish.name

interface NameCardProps {
  readonly identity: Identity
  readonly identities: readonly Identity[]
  readonly onChoose: (pubkey: string) => void
}

/** The name others use, large, with copy and QR code; and which key it belongs to. */
export function NameCard({ identity, identities, onChoose }: NameCardProps) {
  const name = hostName('@', identity.npub)
  return (
    <section className={styles['card']} aria-label={words.title}>
      <div className={styles['words']}>
        <div className={styles['picker']}>
          <SelectField
            label={words.identity}
            value={identity.pubkey}
            options={identities.map(({ pubkey, label, npub }) => ({
              value: pubkey,
              label: `${label} (${shortKey(npub)})`,
            }))}
            onChange={onChoose}
          />
        </div>
        <p className={styles['intro']}>{words.intro}</p>
        <p className={styles['name']}>
          <span title={name}>{shortHostName('@', identity.npub)}</span>
          <CopyButton text={name} what={words.what} />
        </p>
        <p className={styles['full']}>{name}</p>
      </div>
      <div className={styles['qr']}>
        <QrCode value={name} label={words.qr(shortHostName('@', identity.npub))} />
      </div>
    </section>
  )
}
