import { useState } from 'react'
import type { PkarrIdentity } from '../../../src-preload/contract/pkarr-model.ts'
import { useServices } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { Dialog } from '../../ui/Dialog.tsx'
import { SelectField } from '../../ui/Field.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { SecretExport } from '../keys/SecretExport.tsx'

const words = text.keys.exportKey
const { forms, warning } = text.pkarr.keys.exportKey
const known = ['hex', 'z32'] as const

interface ExportSeedProps {
  readonly identity: PkarrIdentity
  readonly onClose: () => void
}

/** Chooses form and place of a seed's copy; the shell asks once more, then writes it itself. */
export function ExportSeed({ identity: { key, label }, onClose }: ExportSeedProps) {
  const [form, setForm] = useState<(typeof known)[number]>('hex')
  const { api } = useServices()
  return (
    <Dialog isOpen title={words.title(label)} description={words.description} onClose={onClose}>
      <SecretExport
        write={(target) => api.shell.exportPkarrSeed({ key, form, target })}
        pendingKey="shell.exportPkarrSeed"
        onClose={onClose}
      >
        <SelectField
          label={words.form}
          value={form}
          options={known.map((value) => ({ value, label: forms[value] }))}
          onChange={(value) => setForm(known.find((one) => one === value) ?? form)}
        />
        <Notice tone="warning" title={warning} />
      </SecretExport>
    </Dialog>
  )
}
