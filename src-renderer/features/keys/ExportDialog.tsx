import { useState } from 'react'
import type { Identity } from '../../../src-preload/contract/model.ts'
import { useServices } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { Dialog } from '../../ui/Dialog.tsx'
import { SelectField, TextField } from '../../ui/Field.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { SecretExport } from './SecretExport.tsx'

const words = text.keys.exportKey
const forms = ['ncryptsec', 'nsec'] as const

interface ExportDialogProps {
  readonly identity: Identity
  readonly onClose: () => void
}

/** Chooses form and place of a secret key's copy; the shell asks once more, then writes it itself. */
export function ExportDialog({ identity, onClose }: ExportDialogProps) {
  const [form, setForm] = useState<(typeof forms)[number]>('ncryptsec')
  const [password, setPassword] = useState('')
  const [repeated, setRepeated] = useState('')
  const [isChecked, setChecked] = useState(false)
  const { api } = useServices()

  const isEncrypted = form === 'ncryptsec'
  const missing = isEncrypted && isChecked && password === ''
  const differs = isEncrypted && isChecked && password !== '' && password !== repeated

  return (
    <Dialog
      isOpen
      title={words.title(identity.label)}
      description={words.description}
      onClose={onClose}
    >
      <SecretExport
        write={(target) =>
          api.shell.exportKey({
            pubkey: identity.pubkey,
            form,
            target,
            ...(isEncrypted ? { password } : {}),
          })
        }
        check={() => {
          setChecked(true)
          return !isEncrypted || (password !== '' && password === repeated)
        }}
        pendingKey="shell.exportKey"
        onClose={onClose}
      >
        <SelectField
          label={words.form}
          value={form}
          options={forms.map((value) => ({ value, label: words.forms[value] }))}
          onChange={(value) => setForm(forms.find((known) => known === value) ?? form)}
        />
        {isEncrypted ? (
          <>
            <TextField
              label={words.password}
              hint={words.passwordHint}
              type="password"
              autoComplete="new-password"
              value={password}
              error={missing ? words.passwordHint : undefined}
              onChange={setPassword}
            />
            <TextField
              label={words.repeat}
              type="password"
              autoComplete="new-password"
              value={repeated}
              error={differs ? text.keys.vault.differs : undefined}
              onChange={setRepeated}
            />
          </>
        ) : (
          <Notice tone="warning" title={words.plainWarning} />
        )}
      </SecretExport>
    </Dialog>
  )
}
