import { useState } from 'react'
import type { KeyChange } from '../../../src-preload/contract/model.ts'
import { usePending, useServices, useSlice } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { Button } from '../../ui/Button.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { KeyText } from '../../ui/KeyText.tsx'
import { Notice } from '../../ui/Notice.tsx'
import styles from './KeyChanges.module.css'

const words = text.names.keyChange

/** NIP-05 names whose website names another key than before: they fail until the user decides. */
export function KeyChanges() {
  const changes = useSlice('keyChanges') ?? []
  const [asked, setAsked] = useState<KeyChange>()
  const { calls, toasts } = useServices()

  const accept = async (identifier: string): Promise<void> => {
    const result = await calls.call('nip05.acceptKey', { identifier }, pendingKey(identifier))
    if (result.ok) toasts.show({ tone: 'ok', title: words.accepted(identifier) })
    else toasts.showProblem(result.error)
  }

  return (
    <>
      {changes.map((change) => (
        <Change key={change.identifier} change={change} onAsk={() => setAsked(change)} />
      ))}
      <ConfirmDialog
        isOpen={asked !== undefined}
        title={words.confirmTitle(asked?.identifier ?? '')}
        description={words.confirmText}
        confirmLabel={words.accept}
        isDangerous
        onConfirm={() => {
          if (asked !== undefined) void accept(asked.identifier)
        }}
        onClose={() => setAsked(undefined)}
      />
    </>
  )
}

function pendingKey(identifier: string): string {
  return `nip05.acceptKey ${identifier}`
}

function Change({ change, onAsk }: { readonly change: KeyChange; readonly onAsk: () => void }) {
  const { identifier, knownNpub, newNpub } = change
  const isPending = usePending(pendingKey(identifier))
  return (
    <Notice
      tone="danger"
      title={words.title(identifier)}
      testId="key-change"
      actions={
        <Button isPending={isPending} onClick={onAsk}>
          {words.accept}
        </Button>
      }
    >
      <p>{words.text}</p>
      <dl className={styles['keys']}>
        <div>
          <dt>{words.known}</dt>
          <dd>
            <KeyText value={knownNpub} what={words.known} />
          </dd>
        </div>
        <div>
          <dt>{words.new}</dt>
          <dd>
            <KeyText value={newNpub} what={words.new} />
          </dd>
        </div>
      </dl>
    </Notice>
  )
}
