import type { Problem } from '../../../src-main/env/errors.ts'
import { text } from '../../text/catalogue.ts'
import { Dialog } from '../../ui/Dialog.tsx'
import { LabelForm } from './LabelForm.tsx'

const words = text.keys.rename

interface RenameDialogProps {
  readonly label: string
  /** Key of the call that `onRename` makes. */
  readonly pendingKey: string
  readonly onRename: (label: string) => Promise<Problem | undefined>
  readonly onClose: () => void
}

export function RenameDialog({ label, pendingKey, onRename, onClose }: RenameDialogProps) {
  return (
    <Dialog isOpen title={words.title(label)} onClose={onClose}>
      <LabelForm
        initial={label}
        submitLabel={words.save}
        pendingKey={pendingKey}
        onSubmit={onRename}
        onClose={onClose}
      />
    </Dialog>
  )
}
