import type { PkarrZoneView } from '../../../src-preload/contract/pkarr-model.ts'
import { text } from '../../text/catalogue.ts'
import { Badge } from '../../ui/Badge.tsx'
import { Fact, Facts } from '../../ui/Facts.tsx'
import { RelativeTime } from '../../ui/RelativeTime.tsx'
import { RecordsTable } from '../records/RecordsTable.tsx'
import { carrierName } from './pkarr-state.ts'
import { SizeMeter } from './SizeMeter.tsx'
import styles from './Zone.module.css'

const words = text.pkarr.detail

/** The records of a zone, and every fact that speaks for or against them. */
export function ZoneFacts({ zone }: { readonly zone: PkarrZoneView }) {
  const { key, records, signedAtMs, isVerified, source, carriers, notes, failure } = zone
  if (signedAtMs === undefined) {
    const nothing = zone.isOwn ? words.unpublished : words.nothing
    return <p className={styles['nothing']}>{failure ?? nothing}</p>
  }
  return (
    <>
      <h3 className={styles['section']}>{words.recordsTitle}</h3>
      {records.length === 0 ? (
        <p className={styles['muted']}>{words.noRecords}</p>
      ) : (
        <RecordsTable records={records} apex={key} />
      )}
      <h3 className={styles['section']}>{words.trustTitle}</h3>
      <Facts>
        <Fact term={words.signature}>
          {isVerified ? (
            words.signatures.checked
          ) : (
            <Badge tone="warning">{words.signatures.unchecked}</Badge>
          )}
        </Fact>
        <TimeFact term={words.signed} atMs={signedAtMs} />
        {source !== undefined && <Fact term={words.source}>{text.pkarr.sources[source]}</Fact>}
        {carriers.length > 0 && (
          <Fact term={words.carriers}>
            <ul>
              {carriers.map((id) => (
                <li key={id} title={id}>
                  {carrierName(id)}
                </li>
              ))}
            </ul>
          </Fact>
        )}
        <TimeFact term={words.lastSeen} atMs={zone.lastSeenMs} />
        <Fact term={words.size}>
          <div className={styles['bounded']}>
            <SizeMeter size={zone.size} limit={1000} />
          </div>
        </Fact>
        <TimeFact term={words.nextRefresh} atMs={zone.nextRefreshMs} />
        <TimeFact term={words.nextRepublish} atMs={zone.nextRepublishMs} />
        {notes.length > 0 && (
          <Fact term={words.notes}>
            <ul>
              {notes.map((note) => (
                <li key={note}>{note}</li>
              ))}
            </ul>
          </Fact>
        )}
      </Facts>
    </>
  )
}

function TimeFact({ term, atMs }: { readonly term: string; readonly atMs: number | undefined }) {
  if (atMs === undefined) return null
  return (
    <Fact term={term}>
      <RelativeTime atMs={atMs} />
    </Fact>
  )
}
