import { useEffect, useState } from 'react'
import { Send } from 'lucide-react'
import type {
  PkarrIdentity,
  PkarrMeasure,
  PkarrPublishReport,
} from '../../../src-preload/contract/pkarr-model.ts'
import { usePending, useServices, useSlice } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { problemText, type ProblemText } from '../../text/problems.ts'
import { Button } from '../../ui/Button.tsx'
import { Dialog, DialogActions } from '../../ui/Dialog.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { readRows } from '../records/record-rows.ts'
import { RecordRows } from '../records/RecordRows.tsx'
import { DeliveryList } from './DeliveryList.tsx'
import { SizeMeter } from './SizeMeter.tsx'
import { useMeasure } from './use-measure.ts'
import { mostRecords, rowsOfZone, zoneRules } from './zone-rules.ts'
import styles from './Zone.module.css'

const words = text.pkarr.editor
const pendingKey = 'pkarr.publish'
const limit = 1000

interface ZoneEditorProps {
  readonly identity: PkarrIdentity
  readonly onClose: () => void
}

/** Edits a whole zone, measures it meanwhile, signs and sends it, and shows what each carrier said. */
export function ZoneEditor({ identity, onClose }: ZoneEditorProps) {
  const { key, label, isLocked } = identity
  const zone = useSlice('pkarr')?.zones.find((known) => known.key === key)
  const [basedOnMs, setBasedOnMs] = useState(zone?.signedAtMs ?? 0)
  const [rows, setRows] = useState(() => rowsOfZone(zone))
  const [isTouched, setTouched] = useState(false)
  const [failure, setFailure] = useState<ProblemText>()
  const [report, setReport] = useState<PkarrPublishReport>()
  const isPublishing = usePending(pendingKey)
  const measured = useMeasure(key, rows, zoneRules)
  const { calls } = useServices()
  useNewest(key)

  const measure = measured?.ok === true ? measured.value : undefined
  const refusal = failure ?? (measured?.ok === false ? problemText(measured.error) : undefined)
  const isTooLarge = measure !== undefined && measure.size > measure.limit
  const newestMs = zone?.signedAtMs
  const isOutdated = report === undefined && newestMs !== undefined && newestMs > basedOnMs

  const change = (changed: typeof rows): void => {
    setFailure(undefined)
    setReport(undefined)
    setTouched(true)
    setRows(changed)
  }
  const takeNewest = (): void => {
    setBasedOnMs(newestMs ?? 0)
    setFailure(undefined)
    setTouched(false)
    setRows(rowsOfZone(zone))
  }
  // Nothing typed is lost by it, so nobody needs to be asked.
  if (isOutdated && !isTouched) takeNewest()
  const publish = async (): Promise<void> => {
    const read = readRows(rows, zoneRules)
    const wrong =
      'error' in read
        ? read.error
        : read.records.length > mostRecords
          ? words.tooManyRecords
          : isTooLarge
            ? words.tooLarge
            : undefined
    if ('error' in read || wrong !== undefined) {
      setFailure({ title: wrong ?? '' })
      return
    }
    setFailure(undefined)
    const result = await calls.call('pkarr.publish', { key, records: read.records }, pendingKey)
    if (!result.ok) {
      setFailure(problemText(result.error))
      return
    }
    setReport(result.value)
    setBasedOnMs(result.value.signedAtMs)
  }

  return (
    <Dialog
      isOpen
      isWide
      title={words.title(label)}
      description={words.description}
      onClose={onClose}
    >
      <form
        className={styles['editor']}
        onSubmit={(event) => {
          event.preventDefault()
          if (!isPublishing) void publish()
        }}
      >
        {isOutdated && isTouched && (
          <Notice
            tone="warning"
            title={words.newerTitle}
            isLive
            testId="newer-zone"
            actions={<Button onClick={takeNewest}>{words.takeNewer}</Button>}
          >
            {words.newerText}
          </Notice>
        )}
        <RecordRows rows={rows} defaultName="@" emptyText={words.noRows} onChange={change} />
        <SizeMeter size={measure?.size} limit={measure?.limit ?? limit} />
        <Warnings measure={measure} />
        {refusal !== undefined && (
          <Notice tone="danger" title={refusal.title} isLive>
            {refusal.hint}
          </Notice>
        )}
        {isLocked && <Notice tone="warning" title={words.locked} />}
        <div aria-live="polite">
          {report !== undefined && (
            <DeliveryList
              atMs={report.signedAtMs}
              results={report.delivery}
              warnings={report.warnings}
            />
          )}
        </div>
        <DialogActions>
          <Button onClick={onClose}>
            {report === undefined ? text.shell.cancel : text.shell.close}
          </Button>
          <Button
            type="submit"
            variant={report === undefined ? 'primary' : 'secondary'}
            icon={Send}
            isPending={isPublishing}
          >
            {report === undefined ? words.publish : words.publishAgain}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}

/** A zone may have been published from elsewhere: asks once, so that nobody edits an old one unawares. */
function useNewest(key: string): void {
  const { calls } = useServices()
  useEffect(() => {
    // Whatever it finds comes with the engine's state; that nothing was found is no news here.
    void calls.call('pkarr.resolve', { key, policy: 'network-only' })
  }, [calls, key])
}

/** What readers will make of it, short of refusing it. */
function Warnings({ measure }: { readonly measure: PkarrMeasure | undefined }) {
  const warnings = measure?.warnings ?? []
  return (
    <ul className={styles['warnings']} aria-live="polite" hidden={warnings.length === 0}>
      {warnings.map((warning) => (
        <li key={warning} data-testid="zone-warning">
          {warning}
        </li>
      ))}
    </ul>
  )
}
