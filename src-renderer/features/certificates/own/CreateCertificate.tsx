import { useState } from 'react'
import type { Problem } from '../../../../src-main/env/errors.ts'
import type { Identity } from '../../../../src-preload/contract/model.ts'
import { usePending, useServices } from '../../../state/window-context.ts'
import { text } from '../../../text/catalogue.ts'
import { Button } from '../../../ui/Button.tsx'
import { Dialog, DialogActions } from '../../../ui/Dialog.tsx'
import { SelectField, TextField } from '../../../ui/Field.tsx'
import { ProblemNotice } from '../../../ui/Notice.tsx'
import { shortHostName } from '../../publish/host-state.ts'
import { newHostError, parseDays, splitWords, type OwnHost } from './own-hosts.ts'
import shared from '../Certificates.module.css'

const words = text.ownCertificates.create
const pendingKey = 'ownCertificates.create'
const mostExtraNames = 16
/** What the engine takes when it is told nothing. */
const defaultDays = 365

interface CreateCertificateProps {
  readonly identities: readonly Identity[]
  readonly hosts: readonly OwnHost[]
  readonly onClose: () => void
}

/** Asks for whom and for which names, and makes a key and a certificate. */
export function CreateCertificate({ identities, hosts, onClose }: CreateCertificateProps) {
  const [chosen, setChosen] = useState<string>()
  const identity =
    identities.find(({ pubkey }) => pubkey === chosen) ??
    identities.find(({ isDefault }) => isDefault) ??
    identities[0]
  const taken = hosts.filter(({ pubkey }) => pubkey === identity?.pubkey).map(({ host }) => host)
  const [hostText, setHostText] = useState(taken.includes('@') ? '' : '@')
  const [extraText, setExtraText] = useState('')
  const [daysText, setDaysText] = useState(String(defaultDays))
  const [isChecked, setChecked] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const isPending = usePending(pendingKey)
  const { calls, toasts } = useServices()
  if (identity === undefined) return null

  const host = hostText.trim().toLowerCase()
  const hostError = newHostError(host, taken)
  const extraNames = splitWords(extraText)
  const extraError = extraNames.length > mostExtraNames ? words.extraMany : undefined
  const days = parseDays(daysText)
  const name = shortHostName(host, identity.npub)

  const create = async (): Promise<void> => {
    setChecked(true)
    setProblem(undefined)
    if (hostError !== undefined || extraError !== undefined || days === undefined) return
    const result = await calls.call(
      'ownCertificates.create',
      {
        pubkey: identity.pubkey,
        host,
        days,
        ...(extraNames.length === 0 ? {} : { extraNames: [...extraNames] }),
      },
      pendingKey,
    )
    if (!result.ok) {
      setProblem(result.error)
      return
    }
    toasts.show({ tone: 'ok', title: words.done(name), detail: words.doneDetail })
    onClose()
  }

  return (
    <Dialog isOpen title={words.title} description={words.description} onClose={onClose}>
      <form
        className={shared['dialogForm']}
        onSubmit={(event) => {
          event.preventDefault()
          if (!isPending) void create()
        }}
      >
        {identities.length > 1 && (
          <SelectField
            label={words.identity}
            value={identity.pubkey}
            options={identities.map(({ pubkey, label }) => ({ value: pubkey, label }))}
            onChange={setChosen}
          />
        )}
        <TextField
          label={words.host}
          hint={words.hostHint}
          isMono
          maxLength={183}
          value={hostText}
          error={isChecked ? hostError : undefined}
          onChange={setHostText}
        />
        <TextField
          label={words.extra}
          hint={words.extraHint}
          isMono
          value={extraText}
          error={isChecked ? extraError : undefined}
          onChange={setExtraText}
        />
        <TextField
          label={words.days}
          hint={words.daysHint}
          inputMode="numeric"
          maxLength={4}
          value={daysText}
          error={isChecked && days === undefined ? words.daysRule : undefined}
          onChange={setDaysText}
        />
        {hostError === undefined && <p className={shared['muted']}>{words.will(name)}</p>}
        {problem !== undefined && <ProblemNotice problem={problem} />}
        <DialogActions>
          <Button onClick={onClose}>{text.shell.cancel}</Button>
          <Button type="submit" variant="primary" isPending={isPending}>
            {words.submit}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
