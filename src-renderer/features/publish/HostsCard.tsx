import { useState } from 'react'
import { FileUp, Plus, RefreshCw } from 'lucide-react'
import type { Identity, PublishedHost } from '../../../src-preload/contract/model.ts'
import { usePending, useServices, useSlice } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { HostItem } from './HostItem.tsx'
import { shortHostName } from './host-state.ts'
import { RecordsEditor } from './RecordsEditor.tsx'
import { ZoneImport } from './ZoneImport.tsx'
import styles from './Publish.module.css'

const words = text.publish.hosts

/** What this key has published, host by host. */
export function HostsCard({ identity }: { readonly identity: Identity }) {
  const publish = useSlice('publish')
  const [edited, setEdited] = useState<PublishedHost | 'new'>()
  const [isImporting, setImporting] = useState(false)
  const [leaving, setLeaving] = useState<PublishedHost>()
  const isRepublishing = usePending('publish.republish')
  const { calls, toasts } = useServices()

  const hosts = (publish?.hosts ?? [])
    .filter(({ pubkey }) => pubkey === identity.pubkey)
    .toSorted((a, b) => Number(a.isWithdrawn) - Number(b.isWithdrawn) || compareHosts(a, b))
  const queued = publish?.queued ?? 0
  const called = (host: string): string => shortHostName(host, identity.npub)

  const republish = async (): Promise<void> => {
    const result = await calls.call('publish.republish', {})
    if (!result.ok) toasts.showProblem(result.error)
    else toasts.show({ tone: 'ok', title: words.republished(result.value.length) })
  }
  const restore = async (host: string): Promise<void> => {
    const target = { pubkey: identity.pubkey, host }
    const result = await calls.call('publish.undoWithdraw', target, `publish.host ${host}`)
    if (!result.ok) toasts.showProblem(result.error)
    else toasts.show({ tone: 'ok', title: words.restored(called(host)) })
  }
  const withdraw = async (host: string): Promise<void> => {
    const target = { pubkey: identity.pubkey, host }
    const result = await calls.call('publish.withdraw', target, `publish.host ${host}`)
    if (!result.ok) {
      toasts.showProblem(result.error)
      return
    }
    toasts.show({
      tone: 'info',
      title: words.withdrawn(called(host)),
      action: { label: text.shell.undo, run: () => void restore(host) },
    })
  }

  return (
    <Card
      title={words.title}
      subtitle={words.subtitle}
      actions={
        <>
          {hosts.length > 0 && (
            <Button
              icon={RefreshCw}
              variant="quiet"
              isPending={isRepublishing}
              onClick={() => void republish()}
            >
              {words.republish}
            </Button>
          )}
          <Button icon={FileUp} variant="quiet" onClick={() => setImporting(true)}>
            {text.publish.zone.open}
          </Button>
          <Button icon={Plus} onClick={() => setEdited('new')}>
            {words.add}
          </Button>
        </>
      }
    >
      {queued > 0 && (
        <div className={styles['queued']}>
          <Notice tone="info" title={words.queued(queued)} />
        </div>
      )}
      {hosts.length === 0 ? (
        <p className={styles['muted']}>{words.empty}</p>
      ) : (
        <ul className={styles['hosts']}>
          {hosts.map((host) => (
            <HostItem
              key={host.host}
              host={host}
              npub={identity.npub}
              onEdit={() => setEdited(host)}
              onWithdraw={() => setLeaving(host)}
              onRestore={() => void restore(host.host)}
            />
          ))}
        </ul>
      )}
      {edited !== undefined && (
        <RecordsEditor
          identity={identity}
          host={edited === 'new' ? undefined : edited}
          takenHosts={hosts.map(({ host }) => host)}
          onClose={() => setEdited(undefined)}
        />
      )}
      {isImporting && <ZoneImport identity={identity} onClose={() => setImporting(false)} />}
      <ConfirmDialog
        isOpen={leaving !== undefined}
        title={words.withdrawTitle(leaving === undefined ? '' : called(leaving.host))}
        description={words.withdrawText}
        confirmLabel={words.withdraw}
        isDangerous
        onConfirm={() => {
          if (leaving !== undefined) void withdraw(leaving.host)
        }}
        onClose={() => setLeaving(undefined)}
      />
    </Card>
  )
}

/** The name itself first, then hosts by name. */
function compareHosts(a: PublishedHost, b: PublishedHost): number {
  return Number(b.host === '@') - Number(a.host === '@') || a.host.localeCompare(b.host)
}
