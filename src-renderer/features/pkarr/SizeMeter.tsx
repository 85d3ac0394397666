import { text } from '../../text/catalogue.ts'
import styles from './SizeMeter.module.css'

const words = text.pkarr.editor
/** From this share of the limit on, the bar warns. */
const nearly = 0.85

interface SizeMeterProps {
  /** Bytes; undefined while they are not known. */
  readonly size: number | undefined
  readonly limit: number
}

/** How much of a packet a zone fills. */
export function SizeMeter({ size, limit }: SizeMeterProps) {
  const known = size ?? 0
  const level = known > limit ? 'over' : known >= nearly * limit ? 'near' : 'ok'
  const inWords = size === undefined ? words.measuring : words.size(size, limit)
  return (
    <div className={styles['size']} data-level={level} data-testid="size-meter">
      <meter
        className={styles['meter']}
        aria-label={words.meter}
        aria-valuetext={inWords}
        min={0}
        max={limit}
        value={known}
      />
      <p className={styles['words']} aria-hidden="true">
        <span>{inWords}</span>
        {size !== undefined && (
          <span className={styles['left']}>
            {size <= limit ? words.left(limit - size) : words.tooMany(size - limit)}
          </span>
        )}
      </p>
    </div>
  )
}
