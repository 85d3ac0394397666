import { useState } from 'react'
import { PowerOff, ShieldAlert, ShieldCheck, ShieldEllipsis } from 'lucide-react'
import type { TrustView } from '../../../../src-preload/contract/model.ts'
import { usePending, useServices } from '../../../state/window-context.ts'
import { text } from '../../../text/catalogue.ts'
import { Button } from '../../../ui/Button.tsx'
import { ConfirmDialog } from '../../../ui/ConfirmDialog.tsx'
import { StatusCard } from '../../../ui/StatusCard.tsx'
import { useNow } from '../../../ui/use-now.ts'
import { installedIn, trustState } from './trust-state.ts'
import styles from './ComputerPanel.module.css'

const words = text.trust
const icons = {
  on: ShieldCheck,
  setup: ShieldEllipsis,
  problem: ShieldAlert,
  off: PowerOff,
} as const
const tones = { on: 'ok', setup: 'accent', problem: 'danger', off: 'neutral' } as const

/** Whether HTTPS trust works, what is still to do, and the way to be rid of it. */
export function TrustStatus({ trust }: { readonly trust: TrustView }) {
  const nowMs = useNow(60_000)
  const [isAsked, setAsked] = useState(false)
  const isDisabling = usePending('trust.disable')
  const { calls, store, toasts } = useServices()
  const { level, title, line } = trustState(trust, nowMs)

  const disable = async (): Promise<void> => {
    store.setState({ trustRemoval: undefined })
    const result = await calls.call('trust.disable', {})
    store.setState({
      trustRemoval: {
        before: trust,
        ...(result.ok ? { after: result.value } : { problem: result.error }),
      },
    })
    if (result.ok) toasts.show({ tone: 'info', title: words.disable.done })
  }

  return (
    <StatusCard
      label={words.title}
      tone={tones[level]}
      icon={icons[level]}
      title={words.statusTitle(title)}
      line={line}
      testId="trust-status"
      actions={
        <Button
          icon={PowerOff}
          variant="quiet"
          className={styles['longLabel']}
          isPending={isDisabling}
          data-testid="trust-disable"
          onClick={() => setAsked(true)}
        >
          {words.disable.open}
        </Button>
      }
    >
      <ConfirmDialog
        isOpen={isAsked}
        title={words.disable.title}
        description={<WillRemove trust={trust} />}
        confirmLabel={words.disable.confirm}
        isDangerous
        onConfirm={() => void disable()}
        onClose={() => setAsked(false)}
      />
    </StatusCard>
  )
}

function WillRemove({ trust }: { readonly trust: TrustView }) {
  const { items, text: intro, after } = words.disable
  const titles = installedIn(trust.targets).map(({ title }) => title)
  return (
    <>
      <p>{intro}</p>
      <ul className={styles['confirmList']}>
        {titles.length > 0 && <li>{items.targets(titles)}</li>}
        {trust.systemProxy.state === 'ours' && <li>{items.proxySetting}</li>}
        <li>{items.keys}</li>
      </ul>
      <p className={styles['confirmAfter']}>
        {after} {items.nothing}
      </p>
    </>
  )
}
