import type { CertificateEntry } from '../../../../src-preload/contract/model.ts'
import { ownAdvice, stateAdvice } from '../../../text/certificates.ts'
import { Notice, type NoticeTone } from '../../../ui/Notice.tsx'
import { useNow } from '../../../ui/use-now.ts'
import { isOtherName } from './comparison.ts'
import styles from './CertificateDetail.module.css'

const tones: Readonly<Record<Exclude<CertificateEntry['state'], 'match'>, NoticeTone>> = {
  mismatch: 'danger',
  'no-certificate': 'info',
  expired: 'warning',
  'cannot-check': 'warning',
  unreachable: 'info',
  unchecked: 'info',
}

interface StateNoticeProps {
  readonly entry: CertificateEntry
  readonly isOwn: boolean
}

/** What a state other than a match means and what the user can do about it. */
export function StateNotice({ entry, isOwn }: StateNoticeProps) {
  const nowMs = useNow(60_000)
  const { state, detail } = entry
  if (state === 'match') return null
  const words = stateAdvice[isOtherName(entry, nowMs) ? 'wrongName' : state]
  const isOwnFault = isOwn && (state === 'mismatch' || state === 'expired')
  return (
    <div className={styles['notice']}>
      <Notice tone={tones[state]} title={words.title} testId="certificate-advice">
        <p>{words.text}</p>
        <ul className={styles['advice']}>
          {(isOwnFault ? [ownAdvice] : words.advice).map((advice) => (
            <li key={advice}>{advice}</li>
          ))}
        </ul>
        {detail !== undefined && <p className={styles['reason']}>{detail}</p>}
      </Notice>
    </div>
  )
}
