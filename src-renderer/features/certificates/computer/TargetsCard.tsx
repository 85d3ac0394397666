import { Info } from 'lucide-react'
import type { TrustTargetView, TrustView } from '../../../../src-preload/contract/model.ts'
import { usePending, useServices } from '../../../state/window-context.ts'
import { text } from '../../../text/catalogue.ts'
import { Badge, StateDot } from '../../../ui/Badge.tsx'
import { Button } from '../../../ui/Button.tsx'
import { Card } from '../../../ui/Card.tsx'
import { installedIn } from './trust-state.ts'
import styles from './ComputerPanel.module.css'

const words = text.trust.targets
/** The user closed the system's own prompt: no news to them. */
const cancelled = 'elevation.cancelled'
const tones = {
  installed: 'ok',
  missing: 'neutral',
  conflict: 'warning',
  unavailable: 'warning',
} as const

/** Every browser and store of this computer, and whether it trusts the authority. */
export function TargetsCard({ targets }: { readonly targets: readonly TrustTargetView[] }) {
  const installed = installedIn(targets).length
  return (
    <Card
      title={words.title}
      subtitle={words.subtitle}
      actions={
        targets.length > 0 && (
          <Badge tone={installed > 0 ? 'ok' : 'neutral'}>
            {words.summary(installed, targets.length)}
          </Badge>
        )
      }
    >
      {targets.length === 0 ? (
        <p className={styles['rowText']}>{words.empty}</p>
      ) : (
        <ul className={styles['list']}>
          {targets.map((target) => (
            <Target key={target.id} target={target} />
          ))}
        </ul>
      )}
      {targets.some(({ kind }) => kind !== 'system') && (
        <p className={styles['restart']}>
          <Info aria-hidden="true" />
          {words.restart}
        </p>
      )}
    </Card>
  )
}

function Target({ target }: { readonly target: TrustTargetView }) {
  const { id, title, state, isPrivileged, detail, hint } = target
  const pendingKey = `trust.target ${id}`
  const isPending = usePending(pendingKey)
  const { calls, toasts } = useServices()

  const stateIn = (view: TrustView): TrustTargetView | undefined =>
    view.targets.find((one) => one.id === id)
  const install = async (): Promise<void> => {
    const result = await calls.call('trust.install', { targetId: id }, pendingKey)
    if (!result.ok) {
      if (result.error.code !== cancelled) toasts.showProblem(result.error)
      return
    }
    const after = stateIn(result.value)
    if (after?.state === 'installed') {
      toasts.show({ tone: 'ok', title: words.installed(title), detail: words.installedDetail })
    } else {
      const why = after?.hint ?? after?.detail
      toasts.show({
        tone: 'warning',
        title: words.notInstalled(title),
        ...(why === undefined ? {} : { detail: why }),
      })
    }
  }
  const remove = async (): Promise<void> => {
    const result = await calls.call('trust.remove', { targetId: id }, pendingKey)
    if (!result.ok) {
      if (result.error.code !== cancelled) toasts.showProblem(result.error)
      return
    }
    if (stateIn(result.value)?.state === 'installed') {
      toasts.show({ tone: 'warning', title: words.notRemoved(title) })
      return
    }
    toasts.show({
      tone: 'info',
      title: words.removed(title),
      action: { label: text.shell.undo, run: () => void install() },
    })
  }

  return (
    <li className={styles['row']} data-testid="trust-target" data-state={state}>
      <div>
        <p className={styles['rowHead']}>
          <span className={styles['rowTitle']}>{title}</span>
          <StateDot tone={tones[state]}>{words.states[state]}</StateDot>
        </p>
        {detail !== undefined && <p className={styles['rowText']}>{detail}</p>}
        {hint !== undefined && <p className={styles['hint']}>{hint}</p>}
        {isPrivileged && (state === 'installed' || state === 'missing') && (
          <p className={styles['rowText']}>{words.privileged}</p>
        )}
      </div>
      <div className={styles['rowButtons']}>
        {state === 'installed' ? (
          <Button
            variant="quiet"
            isPending={isPending}
            aria-label={words.removeFrom(title)}
            onClick={() => void remove()}
          >
            {words.remove}
          </Button>
        ) : (
          <Button
            variant={state === 'missing' ? 'primary' : 'secondary'}
            isPending={isPending}
            aria-label={state === 'missing' ? words.installIn(title) : words.retryIn(title)}
            onClick={() => void install()}
          >
            {state === 'missing' ? words.install : words.retry}
          </Button>
        )}
      </div>
    </li>
  )
}
