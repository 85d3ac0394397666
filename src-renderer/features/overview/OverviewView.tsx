import { text } from '../../text/catalogue.ts'
import { ScreenHeader } from '../../ui/ScreenHeader.tsx'
import { HealthList } from './HealthList.tsx'
import { ListenersCard } from './ListenersCard.tsx'
import { RelaysCard } from './RelaysCard.tsx'
import { ResolutionCard } from './ResolutionCard.tsx'
import { TrustCard } from './TrustCard.tsx'
import { UpstreamsCard } from './UpstreamsCard.tsx'
import styles from './Overview.module.css'

export function OverviewView() {
  return (
    <div className={styles['view']}>
      <ScreenHeader title={text.overview.title} />
      <HealthList />
      <ResolutionCard />
      <TrustCard />
      <ListenersCard />
      <UpstreamsCard />
      <RelaysCard />
    </div>
  )
}
