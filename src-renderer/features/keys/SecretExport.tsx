import { useState, type ReactNode } from 'react'
import { Copy, Download } from 'lucide-react'
import type { Problem, Result } from '../../../src-main/env/errors.ts'
import { usePending, useServices } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { Button } from '../../ui/Button.tsx'
import { DialogActions } from '../../ui/Dialog.tsx'
import { ProblemNotice } from '../../ui/Notice.tsx'
import styles from './Keys.module.css'

const words = text.keys.exportKey
/** The user closed the shell's own dialog: no news to them. */
const cancelled = 'shell.cancelled'

export type ExportTarget = 'clipboard' | 'file'

interface SecretExportProps {
  /** Lets the shell write the secret; it never comes here. */
  readonly write: (target: ExportTarget) => Promise<Result<{ readonly where: string }>>
  readonly pendingKey: string
  /** False while the fields are not filled in rightly; called with each press. */
  readonly check?: () => boolean
  /** The fields that say in what form. */
  readonly children: ReactNode
  readonly onClose: () => void
}

/** The end of every export: where the copy goes, and how that went. */
export function SecretExport(props: SecretExportProps) {
  const { write, pendingKey, check = () => true, children, onClose } = props
  const [problem, setProblem] = useState<Problem>()
  const isPending = usePending(pendingKey)
  const { calls, toasts } = useServices()

  const save = async (target: ExportTarget): Promise<void> => {
    setProblem(undefined)
    if (!check()) return
    const result = await calls.track(pendingKey, () => write(target))
    if (!result.ok) {
      if (result.error.code !== cancelled) setProblem(result.error)
      return
    }
    toasts.show({ tone: 'ok', title: words.done, detail: words.where(result.value.where) })
    onClose()
  }

  return (
    <form
      className={styles['dialogForm']}
      onSubmit={(event) => {
        event.preventDefault()
      }}
    >
      {children}
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
  )
}
