import { useEffect, useRef, useState } from 'react'
import type { Result } from '../../../src-main/env/errors.ts'
import type { SystemPlan } from '../../../src-preload/contract/system-model.ts'
import { useServices } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { Button } from '../../ui/Button.tsx'
import { Checkbox } from '../../ui/Checkbox.tsx'
import { Dialog, DialogActions } from '../../ui/Dialog.tsx'
import { Notice, ProblemNotice } from '../../ui/Notice.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { PlanDetails } from './PlanDetails.tsx'
import styles from './System.module.css'

const words = text.system.plan

interface InstallDialogProps {
  readonly isRewrite: boolean
  readonly onConfirm: () => void
  readonly onClose: () => void
}

/** Everything that turning on would write and run, before anybody is asked for a password. */
export function InstallDialog({ isRewrite, onConfirm, onClose }: InstallDialogProps) {
  const { calls } = useServices()
  const [plan, setPlan] = useState<Result<SystemPlan>>()
  const [hasAgreed, setAgreed] = useState(false)
  const [isChecked, setChecked] = useState(false)
  const box = useRef<HTMLInputElement>(null)
  useEffect(() => {
    let isOver = false
    void calls.call('system.plan', {}).then((result) => {
      if (!isOver) setPlan(result)
    })
    return () => {
      isOver = true
    }
  }, [calls])

  const consent = plan?.ok === true ? plan.value.consent : undefined
  const confirm = (): void => {
    setChecked(true)
    if (consent !== undefined && !hasAgreed) {
      box.current?.focus()
      return
    }
    onClose()
    onConfirm()
  }

  return (
    <Dialog
      isOpen
      isWide
      title={isRewrite ? words.rewriteTitle : words.title}
      description={words.description}
      onClose={onClose}
    >
      {consent !== undefined && (
        <div className={styles['consent']}>
          <Notice tone="warning" title={consent}>
            <Checkbox
              label={words.consent}
              ref={box}
              isChecked={hasAgreed}
              error={isChecked && !hasAgreed ? words.consentMissing : undefined}
              onChange={setAgreed}
            />
          </Notice>
        </div>
      )}
      <div aria-live="polite">
        {plan === undefined ? (
          <div className={styles['plan']}>
            <Skeleton lines={6} />
          </div>
        ) : plan.ok ? (
          <PlanDetails plan={plan.value} />
        ) : (
          <div className={styles['plan']}>
            <ProblemNotice problem={plan.error} />
          </div>
        )}
      </div>
      <DialogActions>
        <Button onClick={onClose}>{text.shell.cancel}</Button>
        {plan?.ok === true && (
          <Button variant="primary" data-testid="system-confirm" onClick={confirm}>
            {isRewrite ? words.confirmRewrite : words.confirm}
          </Button>
        )}
      </DialogActions>
    </Dialog>
  )
}
