import { useState } from 'react'
import { ShieldCheck } from 'lucide-react'
import type { Result } from '../../../../src-main/env/errors.ts'
import type { CheckReport } from '../../../../src-preload/contract/model.ts'
import { usePending, useServices } from '../../../state/window-context.ts'
import { text } from '../../../text/catalogue.ts'
import { TextField } from '../../../ui/Field.tsx'
import { QueryCard } from '../../../ui/QueryCard.tsx'
import { parseCheckTarget } from './check-target.ts'
import { CheckSteps } from './CheckSteps.tsx'

const words = text.certificates.check
const pendingKey = 'certificates.check card'

/** A box that checks any server and explains each step. */
export function CheckCard() {
  const [name, setName] = useState('')
  const [port, setPort] = useState('')
  const [refusal, setRefusal] = useState<string>()
  const [outcome, setOutcome] = useState<Result<CheckReport>>()
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
    setOutcome(await calls.call('certificates.check', target, pendingKey))
  }

  return (
    <QueryCard
      label={words.title}
      side="narrow"
      fields={
        <>
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
        </>
      }
      submit={{ label: words.submit, icon: ShieldCheck }}
      isPending={isPending}
      onSubmit={() => void check()}
      outcome={outcome}
      renderAnswer={(report) => <CheckSteps report={report} />}
      closeLabel={words.close}
      onClose={() => setOutcome(undefined)}
      testId="check-result"
    />
  )
}
