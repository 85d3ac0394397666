import { useMemo, useState } from 'react'
import { Waypoints } from 'lucide-react'
import { useSlice } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { MasterDetail } from '../../ui/MasterDetail.tsx'
import type { SortOrder } from '../../ui/RowTable.tsx'
import { CreatePkarrKeyButton } from './CreatePkarrKey.tsx'
import { isPkarrOffline } from './pkarr-state.ts'
import { ZoneDetail } from './ZoneDetail.tsx'
import { filterZones, zoneRows, type SortColumn } from './zone-list.ts'
import { ZoneLookup } from './ZoneLookup.tsx'
import { ZonesTable } from './ZonesTable.tsx'

const words = text.pkarr

/** Own, followed and seen zones, each with why it may be believed. */
export function ZonesPanel() {
  const pkarr = useSlice('pkarr')
  const zones = pkarr?.zones
  const rows = useMemo(() => zones && zoneRows(zones), [zones])
  const [selectedId, setSelectedId] = useState<string>()
  const [order, setOrder] = useState<SortOrder<SortColumn>>({ column: 'name', isDescending: false })
  return (
    <>
      <ZoneLookup />
      <MasterDetail
        rows={rows}
        words={words}
        isOffline={pkarr !== undefined && isPkarrOffline(pkarr)}
        emptyIcon={Waypoints}
        emptyAction={pkarr?.identities.length === 0 && <CreatePkarrKeyButton />}
        filter={filterZones}
        selectedId={selectedId}
        onSelect={setSelectedId}
        renderTable={(matching, shownId) => (
          <ZonesTable
            zones={matching}
            order={order}
            onOrder={setOrder}
            selectedId={shownId}
            onSelect={setSelectedId}
          />
        )}
        renderDetail={(zone, close) => <ZoneDetail key={zone.key} zone={zone} onClose={close} />}
        searchTestId="zone-search"
      />
    </>
  )
}
