import { useState } from 'react'
import { Search, X } from 'lucide-react'
import type { Problem } from '../../../src-main/env/errors.ts'
import type { ResolveReport } from '../../../src-preload/contract/model.ts'
import { usePending, useServices } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { Button } from '../../ui/Button.tsx'
import { SelectField, TextField } from '../../ui/Field.tsx'
import { IconButton } from '../../ui/IconButton.tsx'
import { ProblemNotice } from '../../ui/Notice.tsx'
import { LookupResult } from './LookupResult.tsx'
import styles from './LookupCard.module.css'

const words = text.names.lookup
const pendingKey = 'names.resolve lookup'
const types = ['A', 'AAAA', 'CNAME', 'TXT', 'MX', 'SRV', 'TLSA', 'HTTPS', 'SVCB', 'CAA', 'SSHFP']

/** A box that resolves any name and explains each step of the answer. */
export function LookupCard() {
  const [name, setName] = useState('')
  const [type, setType] = useState('A')
  const [refusal, setRefusal] = useState<string>()
  const [outcome, setOutcome] = useState<ResolveReport | Problem>()
  const isPending = usePending(pendingKey)
  const { calls } = useServices()

  const lookUp = async (): Promise<void> => {
    const wanted = name.trim()
    if (wanted === '') {
      setRefusal(words.missing)
      return
    }
    if (/(^|\.)nsec1/iu.test(wanted)) {
      setName('')
      setRefusal(words.secret)
      return
    }
    setRefusal(undefined)
    const result = await calls.call('names.resolve', { name: wanted, type }, pendingKey)
    setOutcome(result.ok ? result.value : result.error)
  }

  return (
    <section className={styles['card']} aria-label={words.title}>
      <form
        className={styles['form']}
        onSubmit={(event) => {
          event.preventDefault()
          if (!isPending) void lookUp()
        }}
      >
        <TextField
          label={words.label}
          isLabelHidden
          placeholder={words.placeholder}
          maxLength={253}
          value={name}
          error={refusal}
          testId="lookup-input"
          onChange={(value) => {
            setName(value)
            setRefusal(undefined)
          }}
        />
        <SelectField
          label={words.type}
          isLabelHidden
          value={type}
          options={types.map((value) => ({ value, label: value }))}
          onChange={setType}
        />
        <Button type="submit" variant="primary" icon={Search} isPending={isPending}>
          {words.submit}
        </Button>
      </form>
      <div aria-live="polite">
        {outcome !== undefined && (
          <div className={styles['result']} data-testid="lookup-result">
            {'rcode' in outcome ? (
              <LookupResult report={outcome} />
            ) : (
              <ProblemNotice problem={outcome} />
            )}
            <span className={styles['close']}>
              <IconButton icon={X} label={words.clear} onClick={() => setOutcome(undefined)} />
            </span>
          </div>
        )}
      </div>
    </section>
  )
}
