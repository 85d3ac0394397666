import { useState } from 'react'
import { Plus } from 'lucide-react'
import type { Problem } from '../../../src-main/env/errors.ts'
import { useServices, useSlice } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { Button } from '../../ui/Button.tsx'
import { LabelForm } from './LabelForm.tsx'
import { VaultDialog } from './VaultPanel.tsx'

const words = text.keys.create

/** Opens the dialog that makes a new key. */
export function CreateIdentityButton() {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button
        variant="primary"
        icon={Plus}
        data-testid="create-identity"
        onClick={() => setOpen(true)}
      >
        {words.open}
      </Button>
      {isOpen && <CreateIdentityDialog onClose={() => setOpen(false)} />}
    </>
  )
}

function CreateIdentityDialog({ onClose }: { readonly onClose: () => void }) {
  const isFirst = useSlice('keys')?.identities.length === 0
  const { calls, toasts } = useServices()

  const create = async (label: string): Promise<Problem | undefined> => {
    const result = await calls.call('keys.create', { label })
    if (!result.ok) return result.error
    toasts.show({ tone: 'ok', title: words.done(label), detail: words.doneDetail })
    return undefined
  }

  return (
    <VaultDialog title={words.title} description={words.description} onClose={onClose}>
      <LabelForm
        initial={isFirst ? words.suggestion : ''}
        submitLabel={words.submit}
        pendingKey="keys.create"
        onSubmit={create}
        onClose={onClose}
      />
    </VaultDialog>
  )
}
