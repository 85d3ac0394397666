import { useRef, useState } from 'react'
import { FileUp } from 'lucide-react'
import type { Problem, Result } from '../../../src-main/env/errors.ts'
import type { Identity, PublishReport } from '../../../src-preload/contract/model.ts'
import { usePending, useServices } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { problemText } from '../../text/problems.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog, DialogActions } from '../../ui/Dialog.tsx'
import { TextArea } from '../../ui/Field.tsx'
import { Notice, ProblemNotice } from '../../ui/Notice.tsx'
import { shortHostName } from './host-state.ts'
import { PublishResult } from './PublishResult.tsx'
import { faultsNotListed, zoneFaults } from './zone-faults.ts'
import styles from './ZoneImport.module.css'

const words = text.publish.zone
const pendingKey = 'publish.zone'
/** Characters: what the engine takes in one call. */
const longest = 262_144

interface ZoneImportProps {
  readonly identity: Identity
  readonly onClose: () => void
}

/** Publishes a whole zone file, pasted, dropped or chosen, and says what became of each host. */
export function ZoneImport({ identity, onClose }: ZoneImportProps) {
  const [zone, setZone] = useState('')
  const [refusal, setRefusal] = useState<string>()
  const [result, setResult] = useState<Result<readonly PublishReport[]>>()
  const [isOver, setOver] = useState(false)
  const file = useRef<HTMLInputElement>(null)
  const isPending = usePending(pendingKey)
  const { calls } = useServices()
  const isDone = result?.ok === true

  const change = (value: string): void => {
    setZone(value)
    setRefusal(undefined)
    setResult(undefined)
  }
  const read = async (chosen: File | undefined): Promise<void> => {
    if (chosen === undefined) return
    if (chosen.size > longest) setRefusal(words.tooLarge)
    else change(await chosen.text())
  }
  const publish = async (): Promise<void> => {
    if (zone.trim() === '' || zone.length > longest) {
      setRefusal(zone.trim() === '' ? words.missing : words.tooLarge)
      return
    }
    setResult(undefined)
    const argument = { pubkey: identity.pubkey, text: zone }
    setResult(await calls.call('publish.zone', argument, pendingKey))
  }

  return (
    <Dialog isOpen isWide title={words.title} description={words.description} onClose={onClose}>
      <form
        className={styles['form']}
        onSubmit={(event) => {
          event.preventDefault()
          if (!isPending) void publish()
        }}
      >
        {!isDone && (
          <div
            className={styles['drop']}
            data-over={isOver || undefined}
            onDragOver={(event) => {
              event.preventDefault()
              setOver(true)
            }}
            onDragLeave={() => setOver(false)}
            onDrop={(event) => {
              event.preventDefault()
              setOver(false)
              void read(event.dataTransfer.files[0])
            }}
          >
            <TextArea
              label={words.label}
              hint={words.hint}
              rows={10}
              placeholder={words.placeholder}
              value={zone}
              error={refusal}
              testId="zone-text"
              onChange={change}
            />
            <input
              ref={file}
              type="file"
              hidden
              accept=".zone,.txt,.db,text/plain"
              data-testid="zone-file"
              onChange={(event) => void read(event.target.files?.[0])}
            />
            <Button icon={FileUp} variant="quiet" onClick={() => file.current?.click()}>
              {words.choose}
            </Button>
          </div>
        )}
        <div aria-live="polite">
          {result !== undefined &&
            (result.ok ? (
              <Reports reports={result.value} npub={identity.npub} />
            ) : (
              <Refused problem={result.error} zone={zone} />
            ))}
        </div>
        <DialogActions>
          <Button onClick={onClose}>{isDone ? text.shell.close : text.shell.cancel}</Button>
          {!isDone && (
            <Button type="submit" variant="primary" isPending={isPending}>
              {words.submit}
            </Button>
          )}
        </DialogActions>
      </form>
    </Dialog>
  )
}

/** What became of each host. */
function Reports({
  reports,
  npub,
}: {
  readonly reports: readonly PublishReport[]
  readonly npub: string
}) {
  if (reports.length === 0) return <Notice tone="neutral" title={words.nothing} />
  return (
    <ul className={styles['reports']}>
      {reports.map((report) => (
        <li key={report.host} data-testid="zone-host">
          <h3 className={styles['host']}>{shortHostName(report.host, npub)}</h3>
          <PublishResult report={report} isRunning={false} />
        </li>
      ))}
    </ul>
  )
}

/** Why nothing was published, line by line where that is the reason. */
function Refused({ problem, zone }: { readonly problem: Problem; readonly zone: string }) {
  const faults = zoneFaults(problem, zone)
  const more = faultsNotListed(problem)
  if (faults.length === 0) return <ProblemNotice problem={problem} />
  return (
    <Notice tone="danger" title={words.refused} isLive>
      <ul className={styles['faults']}>
        {faults.map(({ line, source, reason }) => (
          <li key={line} data-testid="zone-fault">
            <span className={styles['reason']}>{words.inLine(line, reason)}</span>
            <code className={styles['source']}>{source}</code>
          </li>
        ))}
      </ul>
      {more > 0 && <p>{words.more(more)}</p>}
      <p>{problemText(problem).hint}</p>
    </Notice>
  )
}
