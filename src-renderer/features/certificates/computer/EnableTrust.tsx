import { useState } from 'react'
import { Check, Circle, LoaderCircle, ShieldCheck } from 'lucide-react'
import type { Problem } from '../../../../src-main/env/errors.ts'
import type { TrustView } from '../../../../src-preload/contract/model.ts'
import {
  useOpenCertificates,
  usePending,
  useServices,
  useSlice,
} from '../../../state/window-context.ts'
import { text } from '../../../text/catalogue.ts'
import { Button } from '../../../ui/Button.tsx'
import { classNames } from '../../../ui/class-names.ts'
import { Dialog, DialogActions } from '../../../ui/Dialog.tsx'
import { ProblemNotice } from '../../../ui/Notice.tsx'
import styles from './EnableTrust.module.css'

const words = text.trust.enable

interface EnableTrustButtonProps {
  readonly isLarge?: boolean
  readonly onClick: () => void
}

export function EnableTrustButton({ isLarge = false, onClick }: EnableTrustButtonProps) {
  return (
    <Button
      variant="primary"
      size={isLarge ? 'l' : 'm'}
      icon={ShieldCheck}
      data-testid="trust-enable"
      onClick={onClick}
    >
      {words.open}
    </Button>
  )
}

/** Says exactly what the authority may do, asks for consent, and shows each step until it is on. */
export function EnableTrustDialog({ onClose }: { readonly onClose: () => void }) {
  const [problem, setProblem] = useState<Problem>()
  const isPending = usePending('trust.enable')
  const trust = useSlice('trust')
  const openCertificates = useOpenCertificates()
  const { calls, store, toasts } = useServices()

  const enable = async (): Promise<void> => {
    setProblem(undefined)
    store.setState({ trustRemoval: undefined })
    const result = await calls.call('trust.enable', {})
    if (!result.ok) {
      setProblem(result.error)
      return
    }
    onClose()
    openCertificates('computer')
    toasts.show({ tone: 'ok', title: words.done, detail: words.doneDetail })
  }

  return (
    <Dialog
      isOpen
      title={words.title}
      description={words.description}
      onClose={() => {
        // What runs cannot be called back, so its end is waited for.
        if (!isPending) onClose()
      }}
    >
      <ul className={styles['constraints']}>
        {words.constraints.map((constraint) => (
          <li key={constraint}>
            <Check aria-hidden="true" />
            <span>{constraint}</span>
          </li>
        ))}
      </ul>
      <p className={styles['limit']}>{words.limit}</p>
      <div aria-live="polite">{isPending && <Progress trust={trust} />}</div>
      {problem !== undefined && (
        <div className={styles['problem']}>
          <ProblemNotice problem={problem} />
        </div>
      )}
      <DialogActions>
        <Button disabled={isPending} onClick={onClose}>
          {text.shell.cancel}
        </Button>
        <Button
          variant="primary"
          isPending={isPending}
          data-testid="trust-consent"
          onClick={() => void enable()}
        >
          {words.confirm}
        </Button>
      </DialogActions>
    </Dialog>
  )
}

type StepState = keyof typeof words.stepStates
const stepIcons = { done: Check, running: LoaderCircle, waiting: Circle } as const

/** What the engine has done so far, read from its state. */
function Progress({ trust }: { readonly trust: TrustView | undefined }) {
  const isMade = trust?.authority !== undefined
  const isListening = isMade && trust.proxy.state === 'listening'
  const isLooking = isListening && trust.targets.length > 0
  const steps: readonly (readonly [keyof typeof words.steps, StepState])[] = [
    ['authority', isMade ? 'done' : 'running'],
    ['proxy', isListening ? 'done' : isMade ? 'running' : 'waiting'],
    ['targets', isLooking ? 'done' : isListening ? 'running' : 'waiting'],
  ]
  return (
    <ol className={styles['steps']} aria-label={words.running}>
      {steps.map(([step, state]) => {
        const Icon = stepIcons[state]
        return (
          <li key={step} className={classNames(styles['step'], styles[state])} data-state={state}>
            <Icon aria-hidden="true" />
            {words.steps[step]}
            <span className="visually-hidden">: {words.stepStates[state]}</span>
          </li>
        )
      })}
    </ol>
  )
}
