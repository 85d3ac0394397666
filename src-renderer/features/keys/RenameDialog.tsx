import { useState } from 'react'
import type { Identity } from '../../../src-preload/contract/model.ts'
import { usePending, useServices } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { problemText } from '../../text/problems.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog, DialogActions } from '../../ui/Dialog.tsx'
import { LabelField } from './CreateIdentity.tsx'
import styles from './Keys.module.css'

const words = text.keys.rename

interface RenameDialogProps {
  readonly identity: Identity
  readonly onClose: () => void
}

export function RenameDialog({ identity, onClose }: RenameDialogProps) {
  const [label, setLabel] = useState(identity.label)
  const [failure, setFailure] = useState<string>()
  const isPending = usePending('keys.rename')
  const { calls } = useServices()

  const rename = async (): Promise<void> => {
    const wanted = label.trim()
    if (wanted === '') {
      setFailure(text.keys.labelMissing)
      return
    }
    const result = await calls.call('keys.rename', { pubkey: identity.pubkey, label: wanted })
    if (result.ok) onClose()
    else setFailure(problemText(result.error).title)
  }

  return (
    <Dialog isOpen title={words.title(identity.label)} onClose={onClose}>
      <form
        className={styles['dialogForm']}
        onSubmit={(event) => {
          event.preventDefault()
          if (!isPending) void rename()
        }}
      >
        <LabelField value={label} error={failure} onChange={setLabel} />
        <DialogActions>
          <Button onClick={onClose}>{text.shell.cancel}</Button>
          <Button type="submit" variant="primary" isPending={isPending}>
            {words.save}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
