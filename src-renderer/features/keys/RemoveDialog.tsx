import { text } from '../../text/catalogue.ts'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import styles from './Keys.module.css'

const words = text.keys.remove

interface RemoveDialogProps {
  readonly label: string
  /** Nobody else holds a copy of it. */
  readonly isOnlyCopy: boolean
  readonly onConfirm: () => void
  readonly onClose: () => void
}

export function RemoveDialog({ label, isOnlyCopy, onConfirm, onClose }: RemoveDialogProps) {
  return (
    <ConfirmDialog
      isOpen
      title={words.title(label)}
      description={
        <>
          <p>{words.text}</p>
          {isOnlyCopy && <p className={styles['danger']}>{words.noBackup}</p>}
        </>
      }
      confirmLabel={words.confirm}
      isDangerous
      onConfirm={onConfirm}
      onClose={onClose}
    />
  )
}
