import type { ReactNode } from 'react'
import { text } from '../text/catalogue.ts'
import { Button } from './Button.tsx'
import { Dialog, DialogActions } from './Dialog.tsx'

interface ConfirmDialogProps {
  readonly isOpen: boolean
  readonly title: string
  readonly description: ReactNode
  /** The verb of the thing done, never just OK. */
  readonly confirmLabel: string
  readonly isDangerous?: boolean
  readonly onConfirm: () => void
  readonly onClose: () => void
}

export function ConfirmDialog({
  isOpen,
  title,
  description,
  confirmLabel,
  isDangerous = false,
  onConfirm,
  onClose,
}: ConfirmDialogProps) {
  return (
    <Dialog title={title} description={description} isOpen={isOpen} onClose={onClose}>
      <DialogActions>
        <Button onClick={onClose}>{text.shell.cancel}</Button>
        <Button
          variant={isDangerous ? 'danger' : 'primary'}
          onClick={() => {
            onClose()
            onConfirm()
          }}
        >
          {confirmLabel}
        </Button>
      </DialogActions>
    </Dialog>
  )
}
