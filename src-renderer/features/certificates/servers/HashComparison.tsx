import { Check, CircleDashed, Equal, EqualNot, X } from 'lucide-react'
import type { CertificateEntry } from '../../../../src-preload/contract/model.ts'
import { text } from '../../../text/catalogue.ts'
import { Badge } from '../../../ui/Badge.tsx'
import { classNames } from '../../../ui/class-names.ts'
import { HashText } from '../../../ui/HashText.tsx'
import { useNow } from '../../../ui/use-now.ts'
import { compareHashes, isOtherName, type ComparedPin, type Comparison } from './comparison.ts'
import panel from '../../../ui/DetailPanel.module.css'
import styles from './HashComparison.module.css'

const words = text.certificates.detail
const tones = { equal: 'ok', expired: 'warning', different: 'danger', unknown: 'neutral' } as const
const verdictIcons = {
  equal: Equal,
  expired: Equal,
  different: EqualNot,
  unknown: CircleDashed,
} as const
const markIcons = {
  equal: Check,
  expired: CircleDashed,
  other: CircleDashed,
  different: X,
  unknown: CircleDashed,
} as const

/** What the owner vouches for and what the server showed, side by side, hash by hash. */
export function HashComparison({ entry }: { readonly entry: CertificateEntry }) {
  const nowMs = useNow(60_000)
  const comparisons = compareHashes(entry, nowMs)
  if (comparisons.length === 0) return null
  return (
    <>
      <h3 className={panel['section']}>{words.comparisonTitle}</h3>
      {comparisons.map((comparison) => (
        <Side key={comparison.kind} comparison={comparison} />
      ))}
      {isOtherName(entry, nowMs) && <p className={styles['other']}>{words.otherName}</p>}
    </>
  )
}

function Side({ comparison }: { readonly comparison: Comparison }) {
  const { kind, verdict, pins, shown } = comparison
  const Icon = verdictIcons[verdict]
  return (
    <div className={styles['comparison']} data-testid="hash-comparison" data-verdict={verdict}>
      <p className={styles['head']}>
        <span>{words.hash(words.kinds[kind])}</span>
        <Badge tone={tones[verdict]}>
          <Icon aria-hidden="true" />
          {words.verdicts[verdict]}
        </Badge>
      </p>
      <dl className={styles['sides']}>
        <div className={styles['side']}>
          <dt>{words.vouched}</dt>
          {pins.map((compared) => (
            <Pinned key={`${compared.pin.value} ${compared.pin.eventId}`} compared={compared} />
          ))}
        </div>
        <div className={styles['side']}>
          <dt>{words.shown}</dt>
          <dd className={styles[verdict]}>
            {shown === undefined ? (
              <span className={styles['none']}>{words.notShown}</span>
            ) : (
              <HashText value={shown} />
            )}
          </dd>
        </div>
      </dl>
    </div>
  )
}

function Pinned({ compared: { pin, mark } }: { readonly compared: ComparedPin }) {
  const Icon = markIcons[mark]
  return (
    <dd className={classNames(styles['pinned'], styles[mark])} title={words.pinMarks[mark]}>
      <Icon aria-hidden="true" />
      <span className="visually-hidden">{words.pinMarks[mark]}: </span>
      <HashText value={pin.value} />
    </dd>
  )
}
