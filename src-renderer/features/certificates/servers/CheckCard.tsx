import { useState } from 'react'
import { ShieldCheck, X } from 'lucide-react'
import type { Problem } from '../../../../src-main/env/errors.ts'
import type { CheckReport } from '../../../../src-preload/contract/model.ts'
import { usePending, useServices } from '../../../state/window-context.ts'
import { text } from '../../../text/catalogue.ts'
import { Button } from '../../../ui/Button.tsx'
import { TextField } from '../../../ui/Field.tsx'
import { IconButton } from '../../../ui/IconButton.tsx'
import { ProblemNotice } from '../../../ui/Notice.tsx'
import { parseCheckTarget } from './check-target.ts'
import { CheckSteps } from './CheckSteps.tsx'
import styles from './CheckCard.module.css'

const words = text.certificates.check
const pendingKey = 'certificates.check card'

/** A box that checks any server and explains each step. */
export function CheckCard() {
  const [name, setName] = useState('')
  const [port, setPort] = useState('')
  const [refusal, setRefusal] = useState<string>()
  const [outcome, setOutcome] = useState<CheckReport | Problem>()
  const isPending = usePending(pendingKey)
  const { calls } = useServices()

  const check = async (): Promise<void> => {
    const target = parseCheckTarget(name, port)
    if ('error' in target) {
      if (target.isSecret) setName('')
      setRefusal(target.error)
      return
    }
    setRefusal(undefined)
    const result = await calls.call('certificates.check', target, pendingKey)
    setOutcome(result.ok ? result.value : result.error)
  }

  return (
    <section className={styles['card']} aria-label={words.title}>
      <form
        className={styles['form']}
        onSubmit={(event) => {
          event.preventDefault()
          if (!isPending) void check()
        }}
      >
        <TextField
          label={words.label}
          isLabelHidden
          placeholder={words.placeholder}
          maxLength={512}
          value={name}
          error={refusal}
          testId="check-input"
          onChange={(value) => {
            setName(value)
            setRefusal(undefined)
          }}
        />
        <TextField
          label={words.port}
          isLabelHidden
          inputMode="numeric"
          placeholder={words.portPlaceholder}
          title={words.port}
          maxLength={5}
          value={port}
          onChange={(value) => {
            setPort(value)
            setRefusal(undefined)
          }}
        />
        <Button type="submit" variant="primary" icon={ShieldCheck} isPending={isPending}>
          {words.submit}
        </Button>
      </form>
      <div aria-live="polite">
        {outcome !== undefined && (
          <div className={styles['result']} data-testid="check-result">
            {'steps' in outcome ? (
              <CheckSteps report={outcome} />
            ) : (
              <ProblemNotice problem={outcome} />
            )}
            <span className={styles['close']}>
              <IconButton icon={X} label={words.close} onClick={() => setOutcome(undefined)} />
            </span>
          </div>
        )}
      </div>
    </section>
  )
}
