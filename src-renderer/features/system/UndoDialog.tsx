import type { SystemView } from '../../../src-preload/contract/system-model.ts'
import { text } from '../../text/catalogue.ts'
import { CodeBlock } from '../../ui/CodeBlock.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import styles from './System.module.css'

const words = text.system.undo

interface UndoDialogProps {
  readonly view: SystemView
  readonly onConfirm: () => void
  readonly onClose: () => void
}

export function UndoDialog({ view, onConfirm, onClose }: UndoDialogProps) {
  const { plan, suffixes } = view
  return (
    <ConfirmDialog
      isOpen
      title={words.title}
      description={
        <>
          <p>{words.text(suffixes)}</p>
          {plan !== undefined && (
            <div className={styles['undo']}>
              <p>{words.listTitle}</p>
              <CodeBlock label={words.listTitle}>{plan.undo.join('\n')}</CodeBlock>
            </div>
          )}
        </>
      }
      confirmLabel={words.confirm}
      onConfirm={onConfirm}
      onClose={onClose}
    />
  )
}
