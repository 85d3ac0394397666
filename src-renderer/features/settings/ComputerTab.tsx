import type { SystemState } from '../../../src-preload/contract/system-model.ts'
import { useSlice } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { Card } from '../../ui/Card.tsx'
import { Disclosure } from '../../ui/Disclosure.tsx'
import { ManualCard } from '../system/ManualCard.tsx'
import { PlanDetails } from '../system/PlanDetails.tsx'
import { SystemStatus } from '../system/SystemStatus.tsx'
import { TroubleshootingCard } from '../system/TroubleshootingCard.tsx'
import { SuffixesCard } from './SuffixesCard.tsx'

const words = text.system.plan
const written: readonly SystemState[] = ['on', 'paused', 'not-working', 'changed']

/** What the operating system does with managed names, in full. */
export function ComputerTab() {
  const view = useSlice('system')
  const needsHands = view?.state === 'unsupported' || view?.state === 'conflict'
  return (
    <>
      <SystemStatus />
      {view !== undefined && needsHands && <ManualCard suffixes={view.suffixes} />}
      <SuffixesCard />
      {view?.plan !== undefined && (
        <Card title={written.includes(view.state) ? words.whatIs : words.whatWouldBe}>
          <Disclosure label={view.plan.title} testId="system-plan">
            <PlanDetails plan={view.plan} />
          </Disclosure>
        </Card>
      )}
      <TroubleshootingCard />
    </>
  )
}
