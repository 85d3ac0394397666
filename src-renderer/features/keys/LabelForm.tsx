import { useEffect, useRef, useState, type Ref } from 'react'
import type { Problem } from '../../../src-main/env/errors.ts'
import { usePending } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { problemText } from '../../text/problems.ts'
import { Button } from '../../ui/Button.tsx'
import { DialogActions } from '../../ui/Dialog.tsx'
import { TextField } from '../../ui/Field.tsx'
import styles from './Keys.module.css'

const words = text.keys.create

interface LabelFormProps {
  readonly initial: string
  readonly submitLabel: string
  /** Key of the call that `onSubmit` makes. */
  readonly pendingKey: string
  /** The problem that keeps the dialog open, if any. */
  readonly onSubmit: (label: string) => Promise<Problem | undefined>
  readonly onClose: () => void
}

/** Asks for the label of a key, in a dialog that closes when it was taken. */
export function LabelForm(props: LabelFormProps) {
  const { initial, submitLabel, pendingKey, onSubmit, onClose } = props
  const [label, setLabel] = useState(initial)
  const [failure, setFailure] = useState<string>()
  const isPending = usePending(pendingKey)
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    // After the passphrase was set in this dialog; when it opens, the dialog moves the focus itself.
    const focused = document.activeElement
    const isHere = field.current?.closest('[role=dialog]')?.contains(focused) ?? false
    if (focused === document.body || isHere) field.current?.focus()
  }, [])

  const submit = async (): Promise<void> => {
    const wanted = label.trim()
    if (wanted === '') {
      setFailure(text.keys.labelMissing)
      return
    }
    const problem = await onSubmit(wanted)
    if (problem === undefined) onClose()
    else setFailure(problemText(problem).title)
  }

  return (
    <form
      className={styles['dialogForm']}
      onSubmit={(event) => {
        event.preventDefault()
        if (!isPending) void submit()
      }}
    >
      <LabelField ref={field} value={label} error={failure} onChange={setLabel} />
      <DialogActions>
        <Button onClick={onClose}>{text.shell.cancel}</Button>
        <Button type="submit" variant="primary" isPending={isPending}>
          {submitLabel}
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
