import { text } from '../../text/catalogue.ts'
import { Screen } from '../../ui/Screen.tsx'
import { HealthList } from './HealthList.tsx'
import { ListenersCard } from './ListenersCard.tsx'
import { RelaysCard } from './RelaysCard.tsx'
import { SystemDetails } from '../system/SystemDetails.tsx'
import { SystemStatus } from '../system/SystemStatus.tsx'
import { ResolutionCard } from './ResolutionCard.tsx'
import { TrustCard } from './TrustCard.tsx'
import { UpstreamsCard } from './UpstreamsCard.tsx'

export function OverviewView() {
  return (
    <Screen title={text.overview.title}>
      <HealthList />
      <ResolutionCard />
      <SystemStatus extraAction={<SystemDetails />} />
      <TrustCard />
      <ListenersCard />
      <UpstreamsCard />
      <RelaysCard />
    </Screen>
  )
}
