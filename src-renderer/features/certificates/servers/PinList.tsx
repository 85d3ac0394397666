import type { PinView } from '../../../../src-preload/contract/model.ts'
import { text } from '../../../text/catalogue.ts'
import { pinFormatText } from '../../../text/certificates.ts'
import { Badge } from '../../../ui/Badge.tsx'
import { DateText } from '../../../ui/DateText.tsx'
import { Fact, Facts } from '../../../ui/Facts.tsx'
import { KeyText } from '../../../ui/KeyText.tsx'
import { RelativeTime } from '../../../ui/RelativeTime.tsx'
import { useNow } from '../../../ui/use-now.ts'
import { isExpired } from './comparison.ts'
import panel from '../../../ui/DetailPanel.module.css'
import styles from './CertificateDetail.module.css'

const words = text.certificates

/** Each hash the owner signed for: where, in which form, and for how long. */
export function PinList({ pins }: { readonly pins: readonly PinView[] }) {
  if (pins.length === 0) return <p className={panel['muted']}>{words.detail.noPins}</p>
  return (
    <ul className={styles['pins']}>
      {pins.map((pin) => (
        <li key={`${pin.kind} ${pin.value} ${pin.eventId}`}>
          <Pin pin={pin} />
        </li>
      ))}
    </ul>
  )
}

function Pin({ pin }: { readonly pin: PinView }) {
  const nowMs = useNow(60_000)
  const { detail } = words
  const { label, explanation } = pinFormatText(pin.format)
  const kind = detail.kinds[pin.kind]
  return (
    <Facts>
      <Fact term={detail.hash(kind)}>
        <KeyText value={pin.value} what={detail.hashOf(kind.toLowerCase())} />
      </Fact>
      <Fact term={detail.strength} explanation={words.strengthHints[pin.strength]}>
        <Badge tone={pin.strength === 'pin' ? 'ok' : 'warning'}>
          {words.strengths[pin.strength]}
        </Badge>
      </Fact>
      <Fact term={detail.format} explanation={explanation}>
        {label}
      </Fact>
      <Fact term={detail.event}>
        <KeyText value={pin.eventId} what="event id" />
      </Fact>
      <Fact term={detail.signedAt}>
        <RelativeTime atMs={pin.signedAt * 1000} />
      </Fact>
      <Fact term={isExpired(pin, nowMs) ? detail.ranOut : detail.validUntil}>
        <DateText atMs={pin.validUntil * 1000} />
      </Fact>
    </Facts>
  )
}
