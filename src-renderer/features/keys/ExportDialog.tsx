import { useState } from 'react'
import { Copy, Download } from 'lucide-react'
import type { Problem } from '../../../src-main/env/errors.ts'
import type { Identity } from '../../../src-preload/contract/model.ts'
import { usePending, useServices } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog, DialogActions } from '../../ui/Dialog.tsx'
import { SelectField, TextField } from '../../ui/Field.tsx'
import { Notice, ProblemNotice } from '../../ui/Notice.tsx'
import styles from './Keys.module.css'

const words = text.keys.exportKey
const pendingKey = 'shell.exportKey'
const forms = ['ncryptsec', 'nsec'] as const

interface ExportDialogProps {
  readonly identity: Identity
  readonly onClose: () => void
}

/** Chooses form and place of a secret key's copy; the shell asks once more, then writes it itself. */
export function ExportDialog({ identity, onClose }: ExportDialogProps) {
  const [form, setForm] = useState<(typeof forms)[number]>('ncryptsec')
  const [password, setPassword] = useState('')
  const [repeated, setRepeated] = useState('')
  const [isChecked, setChecked] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const isPending = usePending(pendingKey)
  const { api, calls, toasts } = useServices()

  const isEncrypted = form === 'ncryptsec'
  const missing = isEncrypted && isChecked && password === ''
  const differs = isEncrypted && isChecked && password !== '' && password !== repeated

  const save = async (target: 'clipboard' | 'file'): Promise<void> => {
    setChecked(true)
    setProblem(undefined)
    if (isEncrypted && (password === '' || password !== repeated)) return
    const options = {
      pubkey: identity.pubkey,
      form,
      target,
      ...(isEncrypted ? { password } : {}),
    }
    const result = await calls.track(pendingKey, () => api.shell.exportKey(options))
    if (!result.ok) {
      if (result.error.code !== 'shell.cancelled') setProblem(result.error)
      return
    }
    toasts.show({ tone: 'ok', title: words.done, detail: words.where(result.value.where) })
    onClose()
  }

  return (
    <Dialog
      isOpen
      title={words.title(identity.label)}
      description={words.description}
      onClose={onClose}
    >
      <form
        className={styles['dialogForm']}
        onSubmit={(event) => {
          event.preventDefault()
        }}
      >
        <SelectField
          label={words.form}
          value={form}
          options={forms.map((value) => ({ value, label: words.forms[value] }))}
          onChange={(value) => setForm(forms.find((known) => known === value) ?? form)}
        />
        {isEncrypted ? (
          <>
            <TextField
              label={words.password}
              hint={words.passwordHint}
              type="password"
              autoComplete="new-password"
              value={password}
              error={missing ? words.passwordHint : undefined}
              onChange={setPassword}
            />
            <TextField
              label={words.repeat}
              type="password"
              autoComplete="new-password"
              value={repeated}
              error={differs ? text.keys.vault.differs : undefined}
              onChange={setRepeated}
            />
          </>
        ) : (
          <Notice tone="warning" title={words.plainWarning} />
        )}
        {problem !== undefined && <ProblemNotice problem={problem} />}
        <DialogActions>
          <Button icon={Copy} isPending={isPending} onClick={() => void save('clipboard')}>
            {words.clipboard}
          </Button>
          <Button
            variant="primary"
            icon={Download}
            isPending={isPending}
            onClick={() => void save('file')}
          >
            {words.file}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
