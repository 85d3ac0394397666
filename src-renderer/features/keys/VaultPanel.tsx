import { useState, type ReactNode } from 'react'
import { Lock } from 'lucide-react'
import type { Snapshot } from '../../../src-preload/contract/model.ts'
import { usePending, useServices, useSlice } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { problemText } from '../../text/problems.ts'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { TextField } from '../../ui/Field.tsx'
import { passphraseStrength } from './passphrase-strength.ts'
import styles from './VaultPanel.module.css'

const words = text.keys.vault

/** How secrets are protected here, with the form to set or enter the passphrase when there is one. */
export function VaultPanel({ keys }: { readonly keys: Snapshot['keys'] }) {
  const { identities, vault } = keys
  if (vault.needsPassphrase || identities.some(({ isLocked }) => isLocked)) {
    return vault.hasPassphrase ? (
      <Card title={words.unlockTitle} subtitle={words.unlockText}>
        <UnlockForm />
      </Card>
    ) : (
      <Card title={words.setTitle} subtitle={words.setText}>
        <SetForm />
      </Card>
    )
  }
  if (vault.protection === 'passphrase') return <Unlocked />
  return <p className={styles['note']}>{words[vault.protection]}</p>
}

interface VaultDialogProps {
  readonly title: string
  readonly description: string
  readonly onClose: () => void
  readonly children: ReactNode
}

/** A dialog that cannot go on without the vault: asks for the passphrase first where that is needed. */
export function VaultDialog({ title, description, onClose, children }: VaultDialogProps) {
  const keys = useSlice('keys')
  const isKnown = keys?.vault.hasPassphrase === true
  return (
    <Dialog isOpen title={title} description={description} onClose={onClose}>
      {keys?.vault.needsPassphrase === true ? (
        <div className={styles['inDialog']}>
          <p>{isKnown ? words.unlockText : words.setText}</p>
          {isKnown ? <UnlockForm /> : <SetForm />}
        </div>
      ) : (
        children
      )}
    </Dialog>
  )
}

function Unlocked() {
  const { calls, toasts } = useServices()
  const isPending = usePending('keys.lock')
  const lock = async (): Promise<void> => {
    const result = await calls.call('keys.lock', {})
    if (result.ok) toasts.show({ tone: 'info', title: words.isLocked })
    else toasts.showProblem(result.error)
  }
  return (
    <p className={styles['note']}>
      {words.unlocked}
      <Button icon={Lock} variant="quiet" isPending={isPending} onClick={() => void lock()}>
        {words.lock}
      </Button>
    </p>
  )
}

/** Sends the passphrase; answers whether it was taken, and keeps the sentence when it was not. */
function useUnlock(done: string): {
  readonly submit: (passphrase: string) => Promise<boolean>
  readonly failure: string | undefined
  readonly clearFailure: () => void
} {
  const { calls, toasts } = useServices()
  const [failure, setFailure] = useState<string>()
  return {
    failure,
    clearFailure: () => setFailure(undefined),
    async submit(passphrase) {
      if (passphrase === '') {
        setFailure(words.missing)
        return false
      }
      const result = await calls.call('keys.unlock', { passphrase })
      if (result.ok) {
        toasts.show({ tone: 'ok', title: done })
        return true
      }
      const { title, hint } = problemText(result.error)
      setFailure(hint === undefined ? title : `${title} ${hint}`)
      return false
    },
  }
}

function UnlockForm() {
  const [passphrase, setPassphrase] = useState('')
  const { submit, failure, clearFailure } = useUnlock(words.isOpen)
  const isPending = usePending('keys.unlock')
  return (
    <form
      className={styles['form']}
      onSubmit={(event) => {
        event.preventDefault()
        if (!isPending) void submit(passphrase)
      }}
    >
      <TextField
        label={words.passphrase}
        type="password"
        autoComplete="current-password"
        value={passphrase}
        error={failure}
        testId="vault-passphrase"
        onChange={(value) => {
          clearFailure()
          setPassphrase(value)
        }}
      />
      <Button type="submit" variant="primary" isPending={isPending}>
        {words.unlock}
      </Button>
    </form>
  )
}

function SetForm() {
  const [passphrase, setPassphrase] = useState('')
  const [repeated, setRepeated] = useState('')
  const [differs, setDiffers] = useState(false)
  const { submit, failure, clearFailure } = useUnlock(words.isSet)
  const isPending = usePending('keys.unlock')
  const strength = passphraseStrength(passphrase)
  const send = (): void => {
    const isSame = passphrase === repeated
    setDiffers(!isSame)
    if (isSame) void submit(passphrase)
  }
  return (
    <form
      className={styles['form']}
      onSubmit={(event) => {
        event.preventDefault()
        if (!isPending) send()
      }}
    >
      <TextField
        label={words.passphrase}
        type="password"
        autoComplete="new-password"
        value={passphrase}
        error={failure}
        hint={passphrase === '' ? words.noRecovery : <Strength strength={strength} />}
        testId="vault-passphrase"
        onChange={(value) => {
          clearFailure()
          setPassphrase(value)
        }}
      />
      <TextField
        label={words.repeat}
        type="password"
        autoComplete="new-password"
        value={repeated}
        error={differs && passphrase !== repeated ? words.differs : undefined}
        testId="vault-passphrase-repeat"
        onChange={setRepeated}
      />
      <Button type="submit" variant="primary" isPending={isPending}>
        {words.set}
      </Button>
    </form>
  )
}

function Strength({ strength }: { readonly strength: keyof typeof words.strength }) {
  return (
    <span className={styles['strength']} data-strength={strength}>
      <span className={styles['bar']} aria-hidden="true" />
      {words.strength[strength]} {words.noRecovery}
    </span>
  )
}
