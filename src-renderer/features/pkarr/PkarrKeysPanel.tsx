import { useState } from 'react'
import { Download, KeyRound, Pencil, Trash2 } from 'lucide-react'
import type { PkarrIdentity } from '../../../src-preload/contract/pkarr-model.ts'
import { useNavigate, useSlice } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { KeyRow } from '../keys/KeyRow.tsx'
import { RemovedKey } from '../keys/RemovedKey.tsx'
import { RemoveDialog } from '../keys/RemoveDialog.tsx'
import { RenameDialog } from '../keys/RenameDialog.tsx'
import { CreatePkarrKeyButton } from './CreatePkarrKey.tsx'
import { ExportSeed } from './ExportSeed.tsx'
import { usePkarrKeyActions } from './use-pkarr-key-actions.ts'
import { ZoneEditor } from './ZoneEditor.tsx'
import styles from './Zone.module.css'

const words = text.pkarr.keys

type Asked = {
  readonly what: 'edit' | 'rename' | 'export' | 'remove'
  readonly identity: PkarrIdentity
}

/** ed25519 keys held here. */
export function PkarrKeysPanel() {
  const pkarr = useSlice('pkarr')
  const [asked, setAsked] = useState<Asked>()
  const actions = usePkarrKeyActions()
  const navigate = useNavigate()
  const close = (): void => setAsked(undefined)
  return (
    <>
      <Card title={words.title} subtitle={words.subtitle}>
        {pkarr?.identities.some(({ isLocked }) => isLocked) === true && (
          <div className={styles['unlock']}>
            <Notice
              tone="warning"
              title={words.locked}
              actions={
                <Button onClick={() => navigate('keys')}>{text.publish.address.unlock}</Button>
              }
            />
          </div>
        )}
        {pkarr === undefined ? (
          <Skeleton lines={4} />
        ) : pkarr.identities.length === 0 ? (
          <EmptyState icon={KeyRound} title={words.empty.title} action={<CreatePkarrKeyButton />}>
            {words.empty.text}
          </EmptyState>
        ) : (
          <ul>
            {pkarr.identities.map((identity) => (
              <KeyRow
                key={identity.key}
                held={identity}
                publicKey={identity.key}
                what={words.what}
                actions={
                  <Button icon={Pencil} onClick={() => setAsked({ what: 'edit', identity })}>
                    {text.pkarr.actions.edit}
                  </Button>
                }
                items={[
                  {
                    label: text.keys.rename.action,
                    icon: Pencil,
                    onSelect: () => setAsked({ what: 'rename', identity }),
                  },
                  {
                    label: text.keys.exportKey.action,
                    icon: Download,
                    onSelect: () => setAsked({ what: 'export', identity }),
                  },
                  {
                    label: text.keys.remove.action,
                    icon: Trash2,
                    isDangerous: true,
                    onSelect: () => setAsked({ what: 'remove', identity }),
                  },
                ]}
                testId="pkarr-key-row"
              />
            ))}
          </ul>
        )}
        {pkarr?.canUndoRemove === true && (
          <RemovedKey pendingKey="pkarr.undoRemove" onUndo={() => void actions.undoRemove()} />
        )}
      </Card>
      {asked?.what === 'edit' && <ZoneEditor identity={asked.identity} onClose={close} />}
      {asked?.what === 'export' && <ExportSeed identity={asked.identity} onClose={close} />}
      {asked?.what === 'rename' && (
        <RenameDialog
          label={asked.identity.label}
          pendingKey="pkarr.rename"
          onRename={(label) => actions.rename(asked.identity, label)}
          onClose={close}
        />
      )}
      {asked?.what === 'remove' && (
        <RemoveDialog
          label={asked.identity.label}
          isOnlyCopy={!asked.identity.isBackedUp}
          onConfirm={() => void actions.remove(asked.identity)}
          onClose={close}
        />
      )}
    </>
  )
}
