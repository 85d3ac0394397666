import { text } from '../../text/catalogue.ts'
import { formatAge, formatSpan, shortKey } from '../../text/format.ts'
import { Badge, StateDot } from '../../ui/Badge.tsx'
import { classNames } from '../../ui/class-names.ts'
import { RowTable, TableRow, type RowPlace, type SortOrder } from '../../ui/RowTable.tsx'
import { useNow } from '../../ui/use-now.ts'
import { zoneName, zoneState, zoneTones } from './pkarr-state.ts'
import { nextMs, sortZones, type SortColumn, type ZoneRow } from './zone-list.ts'
import rows from '../../ui/RowTable.module.css'
import styles from './ZonesTable.module.css'

const columns: readonly SortColumn[] = ['name', 'state', 'source', 'age', 'size', 'next']
const numeric: ReadonlySet<SortColumn> = new Set(['age', 'size', 'next'])
const words = text.pkarr

interface ZonesTableProps {
  readonly zones: readonly ZoneRow[]
  readonly order: SortOrder<SortColumn>
  readonly onOrder: (order: SortOrder<SortColumn>) => void
  readonly selectedId: string | undefined
  readonly onSelect: (id: string) => void
}

export function ZonesTable({ zones, order, ...rest }: ZonesTableProps) {
  const nowMs = useNow(10_000)
  return (
    <RowTable
      {...rest}
      rows={sortZones(zones, order)}
      columns={columns}
      numeric={numeric}
      words={words}
      styles={styles}
      order={order}
      renderRow={(zone, place) => (
        <ZoneTableRow key={zone.id} zone={zone} place={place} nowMs={nowMs} />
      )}
      testId="zones-table"
    />
  )
}

interface ZoneTableRowProps {
  readonly zone: ZoneRow
  readonly place: RowPlace
  readonly nowMs: number
}

function ZoneTableRow({ zone, place, nowMs }: ZoneTableRowProps) {
  const { key, alias, isOwn, isFollowed, source, signedAtMs, size } = zone
  const state = zoneState(zone)
  const next = nextMs(zone)
  return (
    <TableRow
      id={key}
      place={place}
      name={zoneName(zone)}
      fullName={key}
      badge={
        isOwn ? (
          <Badge tone="accent">{words.own}</Badge>
        ) : (
          isFollowed && <Badge>{words.followed}</Badge>
        )
      }
      secondary={alias === undefined ? undefined : shortKey(key)}
      styles={styles}
      testId="zone-row"
      state={state}
    >
      <td className={styles['state']} title={words.stateHints[state]}>
        {state === 'unverified' ? (
          <Badge tone="warning">{words.states.unverified}</Badge>
        ) : (
          <StateDot tone={zoneTones[state]}>{words.states[state]}</StateDot>
        )}
      </td>
      <td className={styles['source']}>
        {source === undefined ? text.shell.unknown : words.sources[source]}
      </td>
      <td className={classNames(rows['number'], styles['age'])}>
        {signedAtMs === undefined ? text.shell.unknown : formatAge((nowMs - signedAtMs) / 1000)}
      </td>
      <td className={classNames(rows['number'], styles['size'])} title={words.bytes(size)}>
        {signedAtMs === undefined ? text.shell.unknown : size}
      </td>
      <td className={classNames(rows['number'], styles['next'])}>
        {next === undefined ? text.shell.unknown : formatSpan((next - nowMs) / 1000)}
      </td>
    </TableRow>
  )
}
