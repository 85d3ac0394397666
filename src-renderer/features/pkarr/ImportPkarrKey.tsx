import { useState } from 'react'
import { KeyRound } from 'lucide-react'
import { useServices } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { Button } from '../../ui/Button.tsx'
import { SecretImport } from '../keys/SecretImport.tsx'
import { VaultDialog } from '../keys/VaultPanel.tsx'

const words = text.pkarr.keys.importKey

/** Opens the dialog that imports a seed; the seed itself is read by the shell, never here. */
export function ImportPkarrKeyButton() {
  const [isOpen, setOpen] = useState(false)
  const { api } = useServices()
  const close = (): void => setOpen(false)
  return (
    <>
      <Button icon={KeyRound} data-testid="import-pkarr-key" onClick={() => setOpen(true)}>
        {words.open}
      </Button>
      {isOpen && (
        <VaultDialog title={words.title} description={words.description} onClose={close}>
          <SecretImport
            bring={(options) => api.shell.importPkarrSeed(options)}
            pendingKey="shell.importPkarrSeed"
            onClose={close}
          />
        </VaultDialog>
      )}
    </>
  )
}
