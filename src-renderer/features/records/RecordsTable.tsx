import type { RecordView } from '../../../src-preload/contract/model.ts'
import { text } from '../../text/catalogue.ts'
import { formatSpan, shortData, shortName } from '../../text/format.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { relativeName } from './relative-name.ts'
import styles from './RecordsTable.module.css'

const words = text.names.detail

interface RecordsTableProps {
  readonly records: readonly RecordView[]
  /** Names are shown relative to this; without it, in full. */
  readonly apex?: string
}

export function RecordsTable({ records, apex }: RecordsTableProps) {
  const { recordColumns } = words
  return (
    <table className={styles['records']}>
      <caption className="visually-hidden">{words.recordsTitle}</caption>
      <thead className="visually-hidden">
        <tr>
          <th scope="col">{recordColumns.name}</th>
          <th scope="col">{recordColumns.type}</th>
          <th scope="col">{recordColumns.rdata}</th>
          <th scope="col">{recordColumns.ttl}</th>
        </tr>
      </thead>
      <tbody>
        {records.map(({ name, type, rdata, ttl }) => (
          <tr key={`${name} ${type} ${rdata}`}>
            <th scope="row" title={name}>
              {apex === undefined ? shortName(name) : relativeName(name, apex)}
            </th>
            <td className={styles['type']}>{type}</td>
            <td className={styles['rdata']}>
              <span>
                <code title={rdata}>{shortData(rdata)}</code>
                <CopyButton text={rdata} what={`${type} ${recordColumns.rdata.toLowerCase()}`} />
              </span>
            </td>
            <td className={styles['ttl']}>{formatSpan(ttl)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
