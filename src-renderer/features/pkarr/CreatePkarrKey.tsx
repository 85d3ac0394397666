import { useState } from 'react'
import { Plus } from 'lucide-react'
import { useServices } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { Button } from '../../ui/Button.tsx'
import { LabelForm } from '../keys/LabelForm.tsx'
import { VaultDialog } from '../keys/VaultPanel.tsx'
import { usePkarrKeyActions } from './use-pkarr-key-actions.ts'

const words = text.pkarr.keys.create

/** Opens the dialog that makes a new PKARR key, which is then shown among the keys. */
export function CreatePkarrKeyButton() {
  const [isOpen, setOpen] = useState(false)
  const { store } = useServices()
  const actions = usePkarrKeyActions()
  const close = (): void => setOpen(false)
  return (
    <>
      <Button
        variant="primary"
        icon={Plus}
        data-testid="create-pkarr-key"
        onClick={() => setOpen(true)}
      >
        {words.open}
      </Button>
      {isOpen && (
        <VaultDialog title={words.title} description={words.description} onClose={close}>
          <LabelForm
            initial=""
            submitLabel={text.keys.create.submit}
            pendingKey="pkarr.create"
            onSubmit={async (label) => {
              const problem = await actions.create(label)
              if (problem === undefined) store.setState({ pkarrTab: 'keys' })
              return problem
            }}
            onClose={close}
          />
        </VaultDialog>
      )}
    </>
  )
}
