import { useState } from 'react'
import { ClipboardPaste, FileKey, KeyRound } from 'lucide-react'
import type { Problem } from '../../../src-main/env/errors.ts'
import { usePending, useServices, useSlice } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog, DialogActions } from '../../ui/Dialog.tsx'
import { TextField } from '../../ui/Field.tsx'
import { ProblemNotice } from '../../ui/Notice.tsx'
import { LabelField } from './CreateIdentity.tsx'
import { VaultForm } from './VaultPanel.tsx'
import styles from './Keys.module.css'

const words = text.keys.importKey
const pendingKey = 'shell.importKey'
const cancelled = 'shell.cancelled'

/** Opens the dialog that imports a key; the secret itself is read by the shell, never here. */
export function ImportIdentityButton() {
  const [isOpen, setOpen] = useState(false)
  const keys = useSlice('keys')
  return (
    <>
      <Button icon={KeyRound} data-testid="import-identity" onClick={() => setOpen(true)}>
        {words.open}
      </Button>
      {isOpen && (
        <Dialog
          isOpen
          title={words.title}
          description={words.description}
          onClose={() => setOpen(false)}
        >
          {keys?.vault.needsPassphrase === true ? (
            <VaultForm keys={keys} />
          ) : (
            <ImportForm onClose={() => setOpen(false)} />
          )}
        </Dialog>
      )}
    </>
  )
}

function ImportForm({ onClose }: { readonly onClose: () => void }) {
  const [label, setLabel] = useState('')
  const [password, setPassword] = useState('')
  const [isLabelMissing, setLabelMissing] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const isPending = usePending(pendingKey)
  const { api, calls, toasts } = useServices()

  const bring = async (source: 'clipboard' | 'file'): Promise<void> => {
    const wanted = label.trim()
    setLabelMissing(wanted === '')
    setProblem(undefined)
    if (wanted === '') return
    const options = { source, label: wanted, ...(password === '' ? {} : { password }) }
    const result = await calls.track(pendingKey, () => api.shell.importKey(options))
    if (!result.ok) {
      if (result.error.code !== cancelled) setProblem(result.error)
      return
    }
    toasts.show({ tone: 'ok', title: words.done(result.value.label) })
    onClose()
  }

  return (
    <form
      className={styles['dialogForm']}
      onSubmit={(event) => {
        event.preventDefault()
      }}
    >
      <LabelField
        value={label}
        error={isLabelMissing && label.trim() === '' ? text.keys.labelMissing : undefined}
        onChange={setLabel}
      />
      <TextField
        label={words.password}
        hint={words.passwordHint}
        type="password"
        value={password}
        onChange={setPassword}
      />
      {problem !== undefined && <ProblemNotice problem={problem} />}
      <DialogActions>
        <Button icon={FileKey} isPending={isPending} onClick={() => void bring('file')}>
          {words.file}
        </Button>
        <Button
          variant="primary"
          icon={ClipboardPaste}
          isPending={isPending}
          title={words.clears}
          onClick={() => void bring('clipboard')}
        >
          {words.clipboard}
        </Button>
      </DialogActions>
    </form>
  )
}
