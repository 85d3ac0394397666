import { useState } from 'react'
import { AppWindow, FileText, ShieldCheck, Trash2 } from 'lucide-react'
import type { Problem, Result } from '../../../../src-main/env/errors.ts'
import type { CertificateEntry, CheckReport } from '../../../../src-preload/contract/model.ts'
import { usePending, useServices } from '../../../state/window-context.ts'
import { text } from '../../../text/catalogue.ts'
import { shortName } from '../../../text/format.ts'
import { Badge } from '../../../ui/Badge.tsx'
import { Button } from '../../../ui/Button.tsx'
import { CopyButton } from '../../../ui/CopyButton.tsx'
import { DetailPanel } from '../../../ui/DetailPanel.tsx'
import { KeyText } from '../../../ui/KeyText.tsx'
import { ProblemNotice } from '../../../ui/Notice.tsx'
import { RelativeTime } from '../../../ui/RelativeTime.tsx'
import { serverName } from './certificate-list.ts'
import { CertificateHistory } from './CertificateHistory.tsx'
import { CheckSteps } from './CheckSteps.tsx'
import { HashComparison } from './HashComparison.tsx'
import { PemDialog } from '../PemDialog.tsx'
import { PinList } from './PinList.tsx'
import { ServedFacts } from './ServedFacts.tsx'
import { StateNotice } from './StateNotice.tsx'
import { checkKey, useCertificateActions } from './use-certificate-actions.ts'
import styles from '../../../ui/DetailPanel.module.css'

const words = text.certificates

interface CertificateDetailProps {
  readonly entry: CertificateEntry
  readonly isOwn: boolean
  readonly onClose: () => void
  readonly onForget: () => void
}

/** Everything known of one server: what its owner vouches for, what it showed, and what to do. */
export function CertificateDetail({ entry, isOwn, onClose, onForget }: CertificateDetailProps) {
  const { domain, port, served } = entry
  const { api, calls } = useServices()
  const actions = useCertificateActions()
  const isChecking = usePending(checkKey(entry))
  const [outcome, setOutcome] = useState<CheckReport | Problem>()
  const [isExporting, setExporting] = useState(false)
  const address = port === 443 ? `https://${domain}/` : `https://${domain}:${port}/`

  const check = async (): Promise<void> => {
    const result = await actions.check(entry)
    setOutcome(result.ok ? result.value : result.error)
  }

  const exportPem = async (): Promise<Result<string>> => {
    const result = await calls.call('certificates.export', { id: entry.id })
    return result.ok ? { ok: true, value: result.value.pem } : result
  }

  return (
    <DetailPanel
      title={serverName(entry)}
      fullTitle={entry.id}
      badges={isOwn && <Badge tone="accent">{words.own}</Badge>}
      testId="certificate-detail"
      onClose={onClose}
    >
      <p className={styles['full']}>
        <code title={address}>{shortName(address)}</code>
        <CopyButton text={address} what={words.columns.name.toLowerCase()} />
      </p>
      <div className={styles['actions']}>
        <Button icon={ShieldCheck} isPending={isChecking} onClick={() => void check()}>
          {words.detail.checkNow}
        </Button>
        <Button
          icon={AppWindow}
          title={words.detail.openWindowHint}
          onClick={() => void api.shell.openNostrWindow(address)}
        >
          {words.detail.openWindow}
        </Button>
        {served !== undefined && (
          <Button icon={FileText} variant="quiet" onClick={() => setExporting(true)}>
            {words.detail.export}
          </Button>
        )}
        <Button
          icon={Trash2}
          variant="quiet"
          onClick={() => {
            onClose()
            onForget()
          }}
        >
          {words.detail.forget}
        </Button>
      </div>
      <div aria-live="polite">
        {outcome !== undefined && (
          <div className={styles['outcome']} data-testid="detail-check-result">
            {'steps' in outcome ? (
              <CheckSteps report={outcome} />
            ) : (
              <ProblemNotice problem={outcome} />
            )}
          </div>
        )}
      </div>
      <StateNotice entry={entry} isOwn={isOwn} />

      <HashComparison entry={entry} />
      <h3 className={styles['section']}>{words.detail.pinsTitle}</h3>
      <PinList pins={entry.pins} />
      <h3 className={styles['section']}>{words.detail.servedTitle}</h3>
      {served === undefined ? (
        <p className={styles['muted']}>{words.detail.notServed}</p>
      ) : (
        <ServedFacts served={served} />
      )}
      <h3 className={styles['section']}>{words.detail.historyTitle}</h3>
      <CertificateHistory history={entry.history} />

      <p className={styles['asked']}>
        {words.detail.owner} <KeyText value={entry.npub} what="npub" />
        <br />
        {words.detail.firstSeen} <RelativeTime atMs={entry.firstSeenMs} />,{' '}
        {words.detail.lastChecked} <RelativeTime atMs={entry.lastCheckedMs} />
      </p>
      {isExporting && (
        <PemDialog
          title={words.export.title}
          description={words.export.description(serverName(entry))}
          usage={words.export.usage}
          load={exportPem}
          onClose={() => setExporting(false)}
        />
      )}
    </DetailPanel>
  )
}
