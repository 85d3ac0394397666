import { useState } from 'react'
import type { Identity, PublishedHost } from '../../../src-preload/contract/model.ts'
import { usePending, useServices } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { problemText, type ProblemText } from '../../text/problems.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog, DialogActions } from '../../ui/Dialog.tsx'
import { SelectField, TextField } from '../../ui/Field.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { RecordRows } from '../records/RecordRows.tsx'
import { emptyRow, readRows, rowsOf, type RecordRow } from '../records/record-rows.ts'
import { relaysThatTook, shortHostName } from './host-state.ts'
import { hostError, hostRules } from './host-rules.ts'
import styles from './RecordsEditor.module.css'

const words = text.publish.editor
const pendingKey = 'publish.records'
const lifetimes = ['dynamic', 'normal', 'fixed'] as const

interface RecordsEditorProps {
  readonly identity: Identity
  /** Undefined for a new host. */
  readonly host: PublishedHost | undefined
  readonly takenHosts: readonly string[]
  readonly onClose: () => void
}

/** Edits the records of one host; they are published together as one event. */
export function RecordsEditor({ identity, host: held, takenHosts, onClose }: RecordsEditorProps) {
  const [hostText, setHostText] = useState(held?.host ?? '')
  const [rows, setRows] = useState<readonly RecordRow[]>(() =>
    held === undefined ? [emptyRow('', 0)] : rowsOf(held.records),
  )
  const [lifetime, setLifetime] = useState(held?.lifetime ?? 'normal')
  const [failure, setFailure] = useState<ProblemText>()
  const [isChecked, setChecked] = useState(false)
  const isSaving = usePending(pendingKey)
  const { calls, toasts } = useServices()

  const host = hostText.trim().toLowerCase()
  const badHost = held === undefined && isChecked ? hostError(host, takenHosts) : undefined

  const save = async (): Promise<void> => {
    setChecked(true)
    if (held === undefined && hostError(host, takenHosts) !== undefined) return
    const read = readRows(rows, hostRules(host))
    if ('error' in read) {
      setFailure({ title: read.error })
      return
    }
    const result = await calls.call(
      'publish.records',
      {
        pubkey: identity.pubkey,
        host,
        lifetime,
        records: read.records,
      },
      pendingKey,
    )
    if (!result.ok) {
      setFailure(problemText(result.error))
      return
    }
    const { states } = text.publish.result
    const report = result.value
    toasts.show({
      tone: report.state === 'published' ? 'ok' : report.state === 'failed' ? 'error' : 'warning',
      title:
        report.state === 'published'
          ? states.published(relaysThatTook(report))
          : states[report.state],
      detail: shortHostName(host, identity.npub),
    })
    onClose()
  }

  return (
    <Dialog
      isOpen
      isWide
      title={
        held === undefined ? words.addTitle : words.editTitle(shortHostName(host, identity.npub))
      }
      description={words.description}
      onClose={onClose}
    >
      <form
        className={styles['form']}
        onSubmit={(event) => {
          event.preventDefault()
          if (!isSaving) void save()
        }}
      >
        <div className={styles['top']}>
          {held === undefined && (
            <TextField
              label={words.host}
              hint={words.hostHint}
              placeholder="www"
              isMono
              value={hostText}
              error={badHost}
              onChange={setHostText}
            />
          )}
          <SelectField
            label={text.publish.hosts.lifetime}
            value={lifetime}
            options={lifetimes.map((value) => ({
              value,
              label: text.publish.hosts.lifetimes[value],
            }))}
            onChange={(value) =>
              setLifetime(lifetimes.find((known) => known === value) ?? lifetime)
            }
          />
        </div>
        <RecordRows
          rows={rows}
          defaultName={host}
          emptyText={words.noRows}
          onChange={(changed) => {
            setFailure(undefined)
            setRows(changed)
          }}
        />
        {failure !== undefined && (
          <Notice tone="danger" title={failure.title} isLive>
            {failure.hint}
          </Notice>
        )}
        <DialogActions>
          <Button onClick={onClose}>{text.shell.cancel}</Button>
          <Button type="submit" variant="primary" isPending={isSaving}>
            {words.save}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}
