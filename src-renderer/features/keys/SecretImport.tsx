import { useState, type ReactNode } from 'react'
import { ClipboardPaste, FileKey } from 'lucide-react'
import type { Problem, Result } from '../../../src-main/env/errors.ts'
import { usePending, useServices } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { Button } from '../../ui/Button.tsx'
import { DialogActions } from '../../ui/Dialog.tsx'
import { ProblemNotice } from '../../ui/Notice.tsx'
import { LabelField } from './LabelForm.tsx'
import styles from './Keys.module.css'

const words = text.keys.importKey
/** The user closed the shell's own dialog: no news to them. */
const cancelled = 'shell.cancelled'

export interface ImportSource {
  readonly source: 'clipboard' | 'file'
  readonly label: string
}

interface SecretImportProps {
  /** Lets the shell read the secret; it never comes here. */
  readonly bring: (options: ImportSource) => Promise<Result<{ readonly label: string }>>
  readonly pendingKey: string
  /** More fields. */
  readonly children?: ReactNode
  readonly onClose: () => void
}

/** Asks for a label and where the secret is. */
export function SecretImport({ bring, pendingKey, children, onClose }: SecretImportProps) {
  const [label, setLabel] = useState('')
  const [isLabelMissing, setLabelMissing] = useState(false)
  const [problem, setProblem] = useState<Problem>()
  const isPending = usePending(pendingKey)
  const { calls, toasts } = useServices()

  const start = async (source: 'clipboard' | 'file'): Promise<void> => {
    const wanted = label.trim()
    setLabelMissing(wanted === '')
    setProblem(undefined)
    if (wanted === '') return
    const result = await calls.track(pendingKey, () => bring({ source, label: wanted }))
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
      {children}
      {problem !== undefined && <ProblemNotice problem={problem} />}
      <DialogActions>
        <Button icon={FileKey} isPending={isPending} onClick={() => void start('file')}>
          {words.file}
        </Button>
        <Button
          variant="primary"
          icon={ClipboardPaste}
          isPending={isPending}
          title={words.clears}
          onClick={() => void start('clipboard')}
        >
          {words.clipboard}
        </Button>
      </DialogActions>
    </form>
  )
}
