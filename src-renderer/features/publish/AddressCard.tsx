import { useState } from 'react'
import { RefreshCw, Send } from 'lucide-react'
import type { Problem } from '../../../src-main/env/errors.ts'
import type { Identity, PublishReport } from '../../../src-preload/contract/model.ts'
import { useNavigate, usePending, useServices, useSlice } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { TextField } from '../../ui/Field.tsx'
import { Notice, ProblemNotice } from '../../ui/Notice.tsx'
import { RelativeTime } from '../../ui/RelativeTime.tsx'
import { SwitchOption } from '../../ui/SwitchOption.tsx'
import { isOffline } from '../overview/resolution-state.ts'
import { parseAddresses } from './address-input.ts'
import { DetectedAddress } from './DetectedAddress.tsx'
import { PublishResult } from './PublishResult.tsx'
import styles from './AddressCard.module.css'

const words = text.publish.address

/** The detected or hand-set address, and the one button that publishes it. */
export function AddressCard({ identity }: { readonly identity: Identity }) {
  const publish = useSlice('publish')
  const relays = useSlice('relays') ?? []
  const isDetecting = usePending('publish.detectAddress')
  const pendingKey = `publish.address ${identity.pubkey}`
  const isPublishing = usePending(pendingKey)
  const navigate = useNavigate()
  const { calls, toasts } = useServices()

  const held = publish?.hosts.find(({ pubkey, host }) => pubkey === identity.pubkey && host === '@')
  const [isManual, setManual] = useState(false)
  const [typed, setTyped] = useState('')
  const [wantsFollow, setFollow] = useState<boolean>()
  const [outcome, setOutcome] = useState<PublishReport | Problem>()
  const [isChecked, setChecked] = useState(false)

  const address = publish?.address
  const detected = [address?.v4, address?.v6].filter((found) => found !== undefined)
  const { addresses, bad } = parseAddresses(typed)
  const follow = !isManual && (wantsFollow ?? held?.followsAddress ?? true)
  const manualError = isManual && isChecked ? manualProblem(addresses, bad) : undefined
  const running = publish?.running.find(
    ({ pubkey, host }) => pubkey === identity.pubkey && host === '@',
  )

  const detect = async (): Promise<void> => {
    const result = await calls.call('publish.detectAddress', {})
    if (!result.ok) toasts.showProblem(result.error)
  }
  const send = async (): Promise<void> => {
    setChecked(true)
    if (isManual && manualProblem(addresses, bad) !== undefined) return
    setOutcome(undefined)
    const result = await calls.call(
      'publish.address',
      {
        pubkey: identity.pubkey,
        follow,
        ...(isManual ? { addresses: [...addresses] } : {}),
      },
      pendingKey,
    )
    setOutcome(result.ok ? result.value : result.error)
  }

  return (
    <Card
      title={words.title}
      subtitle={
        isDetecting ? (
          words.detecting
        ) : address === undefined ? (
          words.never
        ) : (
          <>
            {words.checked} <RelativeTime atMs={address.atMs} />
          </>
        )
      }
      actions={
        <Button
          icon={RefreshCw}
          variant="quiet"
          isPending={isDetecting}
          onClick={() => void detect()}
        >
          {address === undefined ? words.check : words.checkAgain}
        </Button>
      }
    >
      {address !== undefined && <DetectedAddress report={address} isDimmed={isManual} />}

      <div className={styles['options']}>
        <SwitchOption label={words.manual} isOn={isManual} onChange={setManual} />
        {isManual && (
          <TextField
            label={words.manualLabel}
            isMono
            placeholder="203.0.113.10 2001:db8::10"
            value={typed}
            onChange={setTyped}
            error={manualError}
            hint={words.manualHint}
          />
        )}
        <SwitchOption
          label={words.follow}
          hint={isManual ? words.followManual : words.followHint}
          isOn={follow}
          isDisabled={isManual}
          onChange={setFollow}
        />
      </div>

      {isOffline(relays) && <Notice tone="warning" title={words.offline} />}
      {identity.isLocked && (
        <Notice
          tone="warning"
          title={words.locked}
          actions={<Button onClick={() => navigate('keys')}>{words.unlock}</Button>}
        />
      )}

      <div className={styles['submit']}>
        <Button
          variant="primary"
          size="l"
          icon={Send}
          isPending={isPublishing}
          data-testid="publish-button"
          onClick={() => void send()}
        >
          {words.publish}
        </Button>
        <p className={styles['will']}>{intention(isManual ? addresses : detected, isManual)}</p>
      </div>

      <div aria-live="polite" className={styles['outcome']}>
        {outcome !== undefined && 'code' in outcome ? (
          <ProblemNotice problem={outcome} />
        ) : (
          <Progress
            isRunning={isPublishing}
            report={isPublishing ? running : newerReport(outcome, held?.lastPublished)}
          />
        )}
      </div>
    </Card>
  )
}

/**
 * The reply to a publication, until the engine's state has it too: from then on that one, which goes
 * on changing as waiting relays answer.
 */
function newerReport(
  reply: PublishReport | undefined,
  known: PublishReport | undefined,
): PublishReport | undefined {
  if (reply === undefined || known === undefined) return reply ?? known
  return known.atMs >= reply.atMs ? known : reply
}

function Progress({
  isRunning,
  report,
}: {
  readonly isRunning: boolean
  readonly report: PublishReport | undefined
}) {
  if (!isRunning && report === undefined) return null
  return <PublishResult report={report} isRunning={isRunning} />
}

function manualProblem(addresses: readonly string[], bad: readonly string[]): string | undefined {
  if (bad.length > 0) return words.manualBad(bad)
  return addresses.length === 0 ? words.manualHint : undefined
}

function intention(addresses: readonly string[], isManual: boolean): string {
  if (addresses.length > 0) return words.will(addresses)
  return isManual ? '' : words.willDetect
}
