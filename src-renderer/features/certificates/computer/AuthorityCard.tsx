import { useState } from 'react'
import { PowerOff, RefreshCcw, ShieldAlert, ShieldCheck, ShieldEllipsis } from 'lucide-react'
import type { TrustView } from '../../../../src-preload/contract/model.ts'
import { usePending, useServices } from '../../../state/window-context.ts'
import { text } from '../../../text/catalogue.ts'
import { Button } from '../../../ui/Button.tsx'
import { Card } from '../../../ui/Card.tsx'
import { classNames } from '../../../ui/class-names.ts'
import { ConfirmDialog } from '../../../ui/ConfirmDialog.tsx'
import { DateText } from '../../../ui/DateText.tsx'
import { Fact, Facts } from '../../../ui/Facts.tsx'
import { HashText } from '../../../ui/HashText.tsx'
import { RelativeTime } from '../../../ui/RelativeTime.tsx'
import { useNow } from '../../../ui/use-now.ts'
import { removalReport, type RemovalReport } from './removal-report.ts'
import { installedIn, trustState } from './trust-state.ts'
import styles from './ComputerPanel.module.css'

const words = text.trust
const icons = {
  on: ShieldCheck,
  setup: ShieldEllipsis,
  problem: ShieldAlert,
  off: PowerOff,
} as const

interface AuthorityCardProps {
  readonly trust: TrustView
  readonly authority: NonNullable<TrustView['authority']>
  readonly onRemoved: (report: RemovalReport) => void
}

/** Whether HTTPS trust works, the authority behind it, and the two ways to be rid of it. */
export function AuthorityCard({ trust, authority, onRemoved }: AuthorityCardProps) {
  const nowMs = useNow(60_000)
  const [asked, setAsked] = useState<'rotate' | 'disable'>()
  const isRotating = usePending('trust.rotate')
  const isDisabling = usePending('trust.disable')
  const { calls, toasts } = useServices()
  const { level, title, line } = trustState(trust, nowMs)
  const Icon = icons[level]

  const rotate = async (): Promise<void> => {
    const result = await calls.call('trust.rotate', {})
    if (!result.ok) {
      toasts.showProblem(result.error)
      return
    }
    const lost = installedIn(trust.targets).length > installedIn(result.value.targets).length
    toasts.show({
      tone: lost ? 'warning' : 'ok',
      title: words.authority.rotated,
      detail: lost ? words.authority.rotateAgain : words.authority.rotatedDetail,
    })
  }
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
    <Card title={words.title}>
      <div className={styles['status']} aria-live="polite" data-testid="trust-status">
        <span className={classNames(styles['statusIcon'], styles[level])}>
          <Icon aria-hidden="true" />
        </span>
        <div>
          <p className={styles['statusTitle']}>{title}</p>
          <p className={styles['statusLine']}>{line}</p>
        </div>
      </div>
      <Facts>
        <Fact term={words.authority.name}>{authority.commonName}</Fact>
        <Fact term={words.authority.scope}>{words.authority.scopeText}</Fact>
        <Fact term={words.authority.fingerprint}>
          <HashText value={authority.rootSha256} what={words.authority.fingerprint} />
        </Fact>
        <Fact term={words.authority.protection}>
          {words.authority.protections[authority.protection]}
        </Fact>
        <Fact term={words.authority.made}>
          <RelativeTime atMs={authority.createdAtMs} />
        </Fact>
        <Fact term={words.authority.validTo}>
          <DateText atMs={authority.validTo * 1000} />
        </Fact>
      </Facts>
      <div className={styles['cardActions']}>
        <Button icon={RefreshCcw} isPending={isRotating} onClick={() => setAsked('rotate')}>
          {words.authority.rotate}
        </Button>
        <Button
          icon={PowerOff}
          variant="quiet"
          isPending={isDisabling}
          data-testid="trust-disable"
          onClick={() => setAsked('disable')}
        >
          {words.disable.open}
        </Button>
      </div>
      <ConfirmDialog
        isOpen={asked === 'rotate'}
        title={words.authority.rotateTitle}
        description={words.authority.rotateText}
        confirmLabel={words.authority.rotateConfirm}
        onConfirm={() => void rotate()}
        onClose={() => setAsked(undefined)}
      />
      <ConfirmDialog
        isOpen={asked === 'disable'}
        title={words.disable.title}
        description={<WillRemove trust={trust} />}
        confirmLabel={words.disable.confirm}
        isDangerous
        onConfirm={() => void disable()}
        onClose={() => setAsked(undefined)}
      />
    </Card>
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
