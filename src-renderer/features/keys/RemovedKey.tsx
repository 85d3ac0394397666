import { Undo2 } from 'lucide-react'
import { usePending } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { Button } from '../../ui/Button.tsx'
import styles from './Keys.module.css'

interface RemovedKeyProps {
  readonly pendingKey: string
  readonly onUndo: () => void
}

/** A removed key is kept aside, and the way back. */
export function RemovedKey({ pendingKey, onUndo }: RemovedKeyProps) {
  const isUndoing = usePending(pendingKey)
  return (
    <p className={styles['undo']}>
      {text.keys.remove.undoLine}
      <Button icon={Undo2} variant="quiet" isPending={isUndoing} onClick={onUndo}>
        {text.shell.undo}
      </Button>
    </p>
  )
}
