import { useState } from 'react'
import { Search } from 'lucide-react'
import type { Result } from '../../../src-main/env/errors.ts'
import type { PkarrZoneView } from '../../../src-preload/contract/pkarr-model.ts'
import { usePending, useServices } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { StateDot } from '../../ui/Badge.tsx'
import { SelectField, TextField } from '../../ui/Field.tsx'
import { QueryCard } from '../../ui/QueryCard.tsx'
import { parsePkarrTarget } from './pkarr-key.ts'
import { zoneState, zoneTones, type ZoneState } from './pkarr-state.ts'
import { ZoneFacts } from './ZoneFacts.tsx'
import styles from './Zone.module.css'

const words = text.pkarr.lookup
const pendingKey = 'pkarr.resolve lookup'
const policies = ['cache-first', 'network-only', 'cache-only'] as const

/** A box that finds the zone of any key and says why it may be believed. */
export function ZoneLookup() {
  const [typed, setTyped] = useState('')
  const [policy, setPolicy] = useState<(typeof policies)[number]>('cache-first')
  const [refusal, setRefusal] = useState<string>()
  const [outcome, setOutcome] = useState<Result<PkarrZoneView | undefined>>()
  const isPending = usePending(pendingKey)
  const { calls } = useServices()

  const lookUp = async (): Promise<void> => {
    const target = parsePkarrTarget(typed)
    if ('error' in target) {
      if (target.isSecret) setTyped('')
      setRefusal(target.error)
      return
    }
    setRefusal(undefined)
    const result = await calls.call('pkarr.resolve', { key: target.key, policy }, pendingKey)
    const isAbsent = !result.ok && result.error.code === 'pkarr.not-found'
    setOutcome(isAbsent ? { ok: true, value: undefined } : result)
  }

  return (
    <QueryCard
      label={words.title}
      side="wide"
      fields={
        <>
          <TextField
            label={words.label}
            isLabelHidden
            placeholder={words.placeholder}
            maxLength={512}
            value={typed}
            error={refusal}
            testId="zone-lookup"
            onChange={(value) => {
              setTyped(value)
              setRefusal(undefined)
            }}
          />
          <SelectField
            label={words.policy}
            isLabelHidden
            title={words.policy}
            value={policy}
            options={policies.map((value) => ({ value, label: words.policies[value] }))}
            onChange={(value) => setPolicy(policies.find((known) => known === value) ?? policy)}
          />
        </>
      }
      submit={{ label: words.submit, icon: Search }}
      isPending={isPending}
      onSubmit={() => void lookUp()}
      outcome={outcome}
      renderAnswer={(zone) => <Answer zone={zone} />}
      closeLabel={words.close}
      onClose={() => setOutcome(undefined)}
      testId="zone-lookup-result"
    />
  )
}

/** Nothing, when every carrier answered and none has a zone. */
function Answer({ zone }: { readonly zone: PkarrZoneView | undefined }) {
  const state = zone === undefined ? 'failed' : zoneState(zone)
  return (
    <div className={styles['answer']}>
      <h2 className={styles['verdict']}>
        <StateDot tone={zone === undefined ? 'neutral' : zoneTones[state]}>
          {verdict(state, zone?.records.length ?? 0)}
        </StateDot>
      </h2>
      {zone === undefined ? (
        <p className={styles['muted']}>{words.notFoundText}</p>
      ) : (
        <ZoneFacts zone={zone} />
      )}
    </div>
  )
}

function verdict(state: ZoneState, records: number): string {
  switch (state) {
    case 'failed':
    case 'unpublished':
      return words.notFound
    case 'unverified':
      return words.unverified
    case 'empty':
      return words.foundEmpty
    case 'verified':
    case 'stale':
      return words.found(records)
  }
}
