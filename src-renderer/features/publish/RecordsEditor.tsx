import { useState } from 'react'
import { Plus, Trash2 } from 'lucide-react'
import type { Identity, PublishedHost } from '../../../src-preload/contract/model.ts'
import { usePending, useServices } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { problemText } from '../../text/problems.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog, DialogActions } from '../../ui/Dialog.tsx'
import { SelectField, TextField } from '../../ui/Field.tsx'
import { IconButton } from '../../ui/IconButton.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { relaysThatTook, shortHostName } from './host-state.ts'
import { emptyRow, hostError, readRows, rowsOf, type RecordRow } from './record-rows.ts'
import styles from './RecordsEditor.module.css'

const words = text.publish.editor
const pendingKey = 'publish.records'
const types = ['A', 'AAAA', 'CNAME', 'TXT', 'MX', 'SRV', 'TLSA', 'HTTPS', 'SVCB', 'CAA', 'SSHFP']
const lifetimes = ['dynamic', 'normal', 'fixed'] as const

interface RecordsEditorProps {
  readonly identity: Identity
  /** Undefined for a new host. */
  readonly host: PublishedHost | undefined
  readonly takenHosts: readonly string[]
  readonly onClose: () => void
}

interface Failure {
  readonly title: string
  readonly hint?: string
}

/** Edits the records of one host; they are published together as one event. */
export function RecordsEditor({ identity, host: held, takenHosts, onClose }: RecordsEditorProps) {
  const [hostText, setHostText] = useState(held?.host ?? '')
  const [rows, setRows] = useState<readonly RecordRow[]>(() =>
    held === undefined ? [emptyRow('', 0)] : rowsOf(held.records),
  )
  const [lifetime, setLifetime] = useState(held?.lifetime ?? 'normal')
  const [failure, setFailure] = useState<Failure>()
  const [isChecked, setChecked] = useState(false)
  const isSaving = usePending(pendingKey)
  const { calls, toasts } = useServices()

  const host = hostText.trim().toLowerCase()
  const badHost = held === undefined && isChecked ? hostError(host, takenHosts) : undefined

  const change = (key: number, part: Partial<RecordRow>): void => {
    setFailure(undefined)
    setRows(rows.map((row) => (row.key === key ? { ...row, ...part } : row)))
  }
  const addRow = (): void => {
    const key = Math.max(-1, ...rows.map((row) => row.key)) + 1
    setRows([...rows, emptyRow(host, key)])
  }

  const save = async (): Promise<void> => {
    setChecked(true)
    if (held === undefined && hostError(host, takenHosts) !== undefined) return
    const read = readRows(rows, host)
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
        records: read.records.map((record) => ({ ...record })),
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
        {rows.length === 0 ? (
          <p className={styles['none']}>{words.noRows}</p>
        ) : (
          <ul className={styles['rows']}>
            <li className={styles['head']} aria-hidden="true">
              <span>{words.columns.name}</span>
              <span>{words.columns.type}</span>
              <span>{words.columns.rdata}</span>
              <span>{words.columns.ttl}</span>
              <span />
            </li>
            {rows.map((row, index) => (
              <EditorRow
                key={row.key}
                row={row}
                number={index + 1}
                placeholder={host}
                onChange={(part) => change(row.key, part)}
                onRemove={() => setRows(rows.filter(({ key }) => key !== row.key))}
              />
            ))}
          </ul>
        )}
        <div>
          <Button icon={Plus} variant="quiet" onClick={addRow}>
            {words.addRow}
          </Button>
        </div>
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

interface EditorRowProps {
  readonly row: RecordRow
  readonly number: number
  readonly placeholder: string
  readonly onChange: (part: Partial<RecordRow>) => void
  readonly onRemove: () => void
}

function EditorRow({ row, number, placeholder, onChange, onRemove }: EditorRowProps) {
  const { columns } = words
  const label = (column: keyof typeof columns): string => words.row(columns[column], number)
  const known = types.includes(row.type) ? types : [row.type, ...types]
  return (
    <li className={styles['row']}>
      <TextField
        label={label('name')}
        isLabelHidden
        isMono
        placeholder={placeholder || columns.name}
        value={row.name}
        onChange={(name) => onChange({ name })}
      />
      <SelectField
        label={label('type')}
        isLabelHidden
        value={row.type}
        options={known.map((value) => ({ value, label: value }))}
        onChange={(type) => onChange({ type })}
      />
      <TextField
        label={label('rdata')}
        isLabelHidden
        isMono
        placeholder={columns.rdata}
        value={row.rdata}
        onChange={(rdata) => onChange({ rdata })}
      />
      <TextField
        label={label('ttl')}
        isLabelHidden
        inputMode="numeric"
        placeholder={columns.ttl}
        title={columns.ttl}
        value={row.ttl}
        onChange={(ttl) => onChange({ ttl })}
      />
      <IconButton icon={Trash2} label={words.removeRow(number)} onClick={onRemove} />
    </li>
  )
}
