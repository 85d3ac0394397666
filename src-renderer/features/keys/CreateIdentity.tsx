import { useEffect, useRef, useState, type Ref } from 'react'
import { Plus } from 'lucide-react'
import { usePending, useServices, useSlice } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { problemText } from '../../text/problems.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog, DialogActions } from '../../ui/Dialog.tsx'
import { TextField } from '../../ui/Field.tsx'
import { VaultForm } from './VaultPanel.tsx'
import styles from './Keys.module.css'

const words = text.keys.create

/** Opens the dialog that makes a new key; asks for the vault's passphrase first where that is needed. */
export function CreateIdentityButton() {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button
        variant="primary"
        icon={Plus}
        data-testid="create-identity"
        onClick={() => setOpen(true)}
      >
        {words.open}
      </Button>
      {isOpen && <CreateIdentityDialog onClose={() => setOpen(false)} />}
    </>
  )
}

function CreateIdentityDialog({ onClose }: { readonly onClose: () => void }) {
  const keys = useSlice('keys')
  return (
    <Dialog isOpen title={words.title} description={words.description} onClose={onClose}>
      {keys?.vault.needsPassphrase === true ? (
        <VaultForm keys={keys} />
      ) : (
        <CreateForm isFirst={keys?.identities.length === 0} onClose={onClose} />
      )}
    </Dialog>
  )
}

interface CreateFormProps {
  readonly isFirst: boolean
  readonly onClose: () => void
}

function CreateForm({ isFirst, onClose }: CreateFormProps) {
  const [label, setLabel] = useState(isFirst ? words.suggestion : '')
  const [failure, setFailure] = useState<string>()
  const isPending = usePending('keys.create')
  const { calls, toasts } = useServices()
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    // After the passphrase was set in this dialog; when it opens, the dialog moves the focus itself.
    const focused = document.activeElement
    const isHere = field.current?.closest('[role=dialog]')?.contains(focused) ?? false
    if (focused === document.body || isHere) field.current?.focus()
  }, [])

  const create = async (): Promise<void> => {
    const wanted = label.trim()
    if (wanted === '') {
      setFailure(text.keys.labelMissing)
      return
    }
    const result = await calls.call('keys.create', { label: wanted })
    if (!result.ok) {
      setFailure(problemText(result.error).title)
      return
    }
    toasts.show({ tone: 'ok', title: words.done(wanted), detail: words.doneDetail })
    onClose()
  }

  return (
    <form
      className={styles['dialogForm']}
      onSubmit={(event) => {
        event.preventDefault()
        if (!isPending) void create()
      }}
    >
      <LabelField ref={field} value={label} error={failure} onChange={setLabel} />
      <DialogActions>
        <Button onClick={onClose}>{text.shell.cancel}</Button>
        <Button type="submit" variant="primary" isPending={isPending}>
          {words.submit}
        </Button>
      </DialogActions>
    </form>
  )
}

interface LabelFieldProps {
  readonly value: string
  readonly error?: string | undefined
  readonly onChange: (value: string) => void
  readonly ref?: Ref<HTMLInputElement>
}

export function LabelField({ value, error, onChange, ref }: LabelFieldProps) {
  return (
    <TextField
      ref={ref}
      label={words.label}
      hint={words.labelHint}
      placeholder={words.placeholder}
      maxLength={64}
      value={value}
      error={error}
      onChange={onChange}
    />
  )
}
