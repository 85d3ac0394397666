import { useState } from 'react'
import { Search } from 'lucide-react'
import type { Result } from '../../../src-main/env/errors.ts'
import type { ResolveReport } from '../../../src-preload/contract/model.ts'
import { usePending, useServices } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { SelectField, TextField } from '../../ui/Field.tsx'
import { QueryCard } from '../../ui/QueryCard.tsx'
import { LookupResult } from './LookupResult.tsx'

const words = text.names.lookup
const pendingKey = 'names.resolve lookup'
const types = ['A', 'AAAA', 'CNAME', 'TXT', 'MX', 'SRV', 'TLSA', 'HTTPS', 'SVCB', 'CAA', 'SSHFP']

/** A box that resolves any name and explains each step of the answer. */
export function LookupCard() {
  const [name, setName] = useState('')
  const [type, setType] = useState('A')
  const [refusal, setRefusal] = useState<string>()
  const [outcome, setOutcome] = useState<Result<ResolveReport>>()
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
    setOutcome(await calls.call('names.resolve', { name: wanted, type }, pendingKey))
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
        </>
      }
      submit={{ label: words.submit, icon: Search }}
      isPending={isPending}
      onSubmit={() => void lookUp()}
      outcome={outcome}
      renderAnswer={(report) => <LookupResult report={report} />}
      closeLabel={words.clear}
      onClose={() => setOutcome(undefined)}
      testId="lookup-result"
    />
  )
}
