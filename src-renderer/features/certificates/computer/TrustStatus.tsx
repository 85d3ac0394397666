import { useState } from 'react'
import { PowerOff, ShieldAlert, ShieldCheck, ShieldEllipsis } from 'lucide-react'
import type { TrustView } from '../../../../src-preload/contract/model.ts'
import { usePending, useServices } from '../../../state/window-context.ts'
import { text } from '../../../text/catalogue.ts'
import { Button } from '../../../ui/Button.tsx'
import { classNames } from '../../../ui/class-names.ts'
import { ConfirmDialog } from '../../../ui/ConfirmDialog.tsx'
import { useNow } from '../../../ui/use-now.ts'
import { removalReport, type RemovalReport } from './removal-report.ts'
import { installedIn, trustState } from './trust-state.ts'
import styles from './ComputerPanel.module.css'
import shared from '../Certificates.module.css'

const words = text.trust
const icons = {
  on: ShieldCheck,
  setup: ShieldEllipsis,
  problem: ShieldAlert,
  off: PowerOff,
} as const

interface TrustStatusProps {
  readonly trust: TrustView
  readonly onRemoved: (report: RemovalReport) => void
}

/** Whether HTTPS trust works, what is still to do, and the way to be rid of it. */
export function TrustStatus({ trust, onRemoved }: TrustStatusProps) {
  const nowMs = useNow(60_000)
  const [isAsked, setAsked] = useState(false)
  const isDisabling = usePending('trust.disable')
  const { calls, toasts } = useServices()
  const { level, title, line } = trustState(trust, nowMs)
  const Icon = icons[level]

  const disable = async (): Promise<void> => {
    const result = await calls.call('trust.disable', {})
    if (!result.ok) {
      toasts.showProblem(result.error)
      return
    }
    onRemoved(removalReport(trust, result.value))
    toasts.show({ tone: 'info', title: words.disable.done })
  }

  return (
    <section className={classNames(shared['panel'], styles['status'])} aria-label={words.title}>
      <span className={classNames(styles['statusIcon'], styles[level])}>
        <Icon aria-hidden="true" />
      </span>
      <div className={styles['statusWords']} aria-live="polite" data-testid="trust-status">
        <p className={styles['statusTitle']}>{words.statusTitle(title)}</p>
        <p className={styles['statusLine']}>{line}</p>
      </div>
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
      <ConfirmDialog
        isOpen={isAsked}
        title={words.disable.title}
        description={<WillRemove trust={trust} />}
        confirmLabel={words.disable.confirm}
        isDangerous
        onConfirm={() => void disable()}
        onClose={() => setAsked(false)}
      />
    </section>
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
