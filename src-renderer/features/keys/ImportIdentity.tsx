import { useState } from 'react'
import { KeyRound } from 'lucide-react'
import { useServices } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { Button } from '../../ui/Button.tsx'
import { TextField } from '../../ui/Field.tsx'
import { SecretImport } from './SecretImport.tsx'
import { VaultDialog } from './VaultPanel.tsx'

const words = text.keys.importKey

/** Opens the dialog that imports a key; the secret itself is read by the shell, never here. */
export function ImportIdentityButton() {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button icon={KeyRound} data-testid="import-identity" onClick={() => setOpen(true)}>
        {words.open}
      </Button>
      {isOpen && <ImportIdentityDialog onClose={() => setOpen(false)} />}
    </>
  )
}

function ImportIdentityDialog({ onClose }: { readonly onClose: () => void }) {
  const [password, setPassword] = useState('')
  const { api } = useServices()
  return (
    <VaultDialog title={words.title} description={words.description} onClose={onClose}>
      <SecretImport
        bring={(options) =>
          api.shell.importKey({ ...options, ...(password === '' ? {} : { password }) })
        }
        pendingKey="shell.importKey"
        onClose={onClose}
      >
        <TextField
          label={words.password}
          hint={words.passwordHint}
          type="password"
          value={password}
          onChange={setPassword}
        />
      </SecretImport>
    </VaultDialog>
  )
}
