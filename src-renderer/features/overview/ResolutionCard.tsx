import { LoaderCircle, Power, TriangleAlert } from 'lucide-react'
import { usePending, useServices, useWindow } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { classNames } from '../../ui/class-names.ts'
import { Switch } from '../../ui/Switch.tsx'
import { CounterStrip } from './CounterStrip.tsx'
import { resolutionState } from './resolution-state.ts'
import styles from './ResolutionCard.module.css'

export function ResolutionCard() {
  const snapshot = useWindow((state) => state.snapshot)
  const engine = useWindow((state) => state.engine)
  const isPending = usePending('resolver.setEnabled')
  const { calls, toasts } = useServices()
  const isEnabled = snapshot?.resolver.enabled ?? false
  const known = resolutionState(snapshot, engine)
  const { turningOn, turningOff } = text.overview.status
  const { title, line } = isPending ? (isEnabled ? turningOff : turningOn) : known

  const setEnabled = async (enabled: boolean): Promise<void> => {
    const result = await calls.call('resolver.setEnabled', { enabled })
    if (!result.ok) toasts.showProblem(result.error)
  }

  const Icon = isPending ? LoaderCircle : known.level === 'problem' ? TriangleAlert : Power
  return (
    <section className={styles['card']} aria-label={text.overview.switchLabel}>
      <div className={styles['hero']}>
        <span className={classNames(styles['icon'], styles[isPending ? 'pending' : known.level])}>
          <Icon aria-hidden="true" />
        </span>
        <div className={styles['words']} aria-live="polite" data-testid="status-line">
          <p className={styles['title']}>{title}</p>
          <p className={styles['line']}>{line}</p>
        </div>
        <Switch
          size="xl"
          label={text.overview.switchLabel}
          isOn={isPending ? !isEnabled : isEnabled}
          onChange={(enabled) => void setEnabled(enabled)}
          isDisabled={isPending || engine !== 'running' || snapshot === undefined}
          testId="toggle-resolution"
        />
      </div>
      <CounterStrip />
    </section>
  )
}
