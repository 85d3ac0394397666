import { useState } from 'react'
import { KeyRound } from 'lucide-react'
import type { Identity, Snapshot } from '../../../src-preload/contract/model.ts'
import { useSlice } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { formatList } from '../../text/format.ts'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { Screen } from '../../ui/Screen.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { CreateIdentityButton } from './CreateIdentity.tsx'
import { ExportDialog } from './ExportDialog.tsx'
import { IdentityItem } from './IdentityItem.tsx'
import { ImportIdentityButton } from './ImportIdentity.tsx'
import { RemovedKey } from './RemovedKey.tsx'
import { RemoveDialog } from './RemoveDialog.tsx'
import { RenameDialog } from './RenameDialog.tsx'
import { useKeyActions } from './use-key-actions.ts'
import { VaultPanel } from './VaultPanel.tsx'
import styles from './Keys.module.css'

const words = text.keys

export function KeysView() {
  const keys = useSlice('keys')
  return (
    <Screen
      title={words.title}
      subtitle={words.subtitle}
      actions={
        <>
          <ImportIdentityButton />
          {keys !== undefined && keys.identities.length > 0 && <CreateIdentityButton />}
        </>
      }
    >
      {keys === undefined ? (
        <Card title={words.listTitle}>
          <Skeleton lines={4} />
        </Card>
      ) : (
        <Identities keys={keys} />
      )}
    </Screen>
  )
}

type Asked = { readonly what: 'rename' | 'export' | 'remove'; readonly identity: Identity }

function Identities({ keys }: { readonly keys: Snapshot['keys'] }) {
  const { identities, canUndoRemove } = keys
  const [asked, setAsked] = useState<Asked>()
  const actions = useKeyActions()
  const close = (): void => setAsked(undefined)
  const unsaved = identities.filter(
    ({ isBackedUp, protection }) => !isBackedUp && protection !== 'remote',
  )
  const [firstUnsaved] = unsaved

  return (
    <>
      {keys.vault.needsPassphrase && <VaultPanel keys={keys} />}
      {firstUnsaved !== undefined && (
        <Notice
          tone="warning"
          title={words.backup.title(formatList(unsaved.map(({ label }) => label)))}
          actions={
            <Button onClick={() => setAsked({ what: 'export', identity: firstUnsaved })}>
              {words.backup.action}
            </Button>
          }
        >
          {words.backup.text}
        </Notice>
      )}
      <Card title={words.listTitle}>
        {identities.length === 0 ? (
          <EmptyState icon={KeyRound} title={words.empty.title} action={<CreateIdentityButton />}>
            {words.empty.text}
          </EmptyState>
        ) : (
          <ul className={styles['list']}>
            {identities.map((identity) => (
              <IdentityItem
                key={identity.pubkey}
                identity={identity}
                onMakeDefault={() => void actions.makeDefault(identity)}
                onRename={() => setAsked({ what: 'rename', identity })}
                onExport={() => setAsked({ what: 'export', identity })}
                onRemove={() => setAsked({ what: 'remove', identity })}
              />
            ))}
          </ul>
        )}
        {canUndoRemove && (
          <RemovedKey pendingKey="keys.undoRemove" onUndo={() => void actions.undoRemove()} />
        )}
      </Card>
      {!keys.vault.needsPassphrase && <VaultPanel keys={keys} />}

      {asked?.what === 'rename' && (
        <RenameDialog
          label={asked.identity.label}
          pendingKey="keys.rename"
          onRename={(label) => actions.rename(asked.identity, label)}
          onClose={close}
        />
      )}
      {asked?.what === 'export' && <ExportDialog identity={asked.identity} onClose={close} />}
      {asked?.what === 'remove' && (
        <RemoveDialog
          label={asked.identity.label}
          isOnlyCopy={!asked.identity.isBackedUp && asked.identity.protection !== 'remote'}
          onConfirm={() => void actions.remove(asked.identity)}
          onClose={close}
        />
      )}
    </>
  )
}
