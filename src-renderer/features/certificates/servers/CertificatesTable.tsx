import type { CertificateEntry } from '../../../../src-preload/contract/model.ts'
import { text } from '../../../text/catalogue.ts'
import { formatAge, shortName } from '../../../text/format.ts'
import { Badge, StateDot } from '../../../ui/Badge.tsx'
import { classNames } from '../../../ui/class-names.ts'
import { RowTable, TableRow, type RowPlace, type SortOrder } from '../../../ui/RowTable.tsx'
import { useNow } from '../../../ui/use-now.ts'
import { sortCertificates, stateTones, strengthOf, type SortColumn } from './certificate-list.ts'
import rows from '../../../ui/RowTable.module.css'
import styles from './CertificatesTable.module.css'

const columns: readonly SortColumn[] = ['name', 'port', 'state', 'strength', 'checked']
const numeric: ReadonlySet<SortColumn> = new Set(['port', 'checked'])
const words = text.certificates

interface CertificatesTableProps {
  readonly entries: readonly CertificateEntry[]
  /** npubs of the user. */
  readonly own: ReadonlySet<string>
  /** What people call the owners, by npub. */
  readonly aliases: ReadonlyMap<string, string>
  readonly order: SortOrder<SortColumn>
  readonly onOrder: (order: SortOrder<SortColumn>) => void
  readonly selectedId: string | undefined
  readonly onSelect: (id: string) => void
}

export function CertificatesTable(props: CertificatesTableProps) {
  const { entries, own, aliases, order, ...rest } = props
  const nowMs = useNow(10_000)
  return (
    <RowTable
      {...rest}
      rows={sortCertificates(entries, order)}
      columns={columns}
      numeric={numeric}
      words={words}
      styles={styles}
      order={order}
      renderRow={(entry, place) => (
        <CertificateRow
          key={entry.id}
          entry={entry}
          place={place}
          nowMs={nowMs}
          alias={aliases.get(entry.npub)}
          isOwn={own.has(entry.npub)}
        />
      )}
      testId="certificates-table"
    />
  )
}

interface CertificateRowProps {
  readonly entry: CertificateEntry
  readonly place: RowPlace
  readonly nowMs: number
  readonly alias: string | undefined
  readonly isOwn: boolean
}

function CertificateRow({ entry, place, nowMs, alias, isOwn }: CertificateRowProps) {
  const strength = strengthOf(entry)
  return (
    <TableRow
      id={entry.id}
      place={place}
      name={shortName(entry.domain)}
      fullName={entry.id}
      badge={
        isOwn && (
          <span className={styles['own']}>
            <Badge tone="accent">{words.own}</Badge>
          </span>
        )
      }
      secondary={alias}
      styles={styles}
      testId="certificate-row"
      state={entry.state}
    >
      <td className={classNames(rows['number'], styles['port'])}>{entry.port}</td>
      <td className={styles['state']} title={entry.detail}>
        {entry.state === 'mismatch' ? (
          <Badge tone="danger">{words.states.mismatch}</Badge>
        ) : (
          <StateDot tone={stateTones[entry.state]}>{words.states[entry.state]}</StateDot>
        )}
      </td>
      <td className={styles['strength']}>
        {strength === undefined ? (
          text.shell.unknown
        ) : (
          <Badge tone={strength === 'pin' ? 'ok' : 'warning'} title={words.strengthHints[strength]}>
            {words.strengths[strength]}
          </Badge>
        )}
      </td>
      <td className={classNames(rows['number'], styles['checked'])}>
        {formatAge((nowMs - entry.lastCheckedMs) / 1000)}
      </td>
    </TableRow>
  )
}
