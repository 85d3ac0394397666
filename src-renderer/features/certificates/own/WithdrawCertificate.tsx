import { useState } from 'react'
import type { Result } from '../../../../src-main/env/errors.ts'
import type { PublishReport } from '../../../../src-preload/contract/model.ts'
import { usePending, useServices, useSlice } from '../../../state/window-context.ts'
import { text } from '../../../text/catalogue.ts'
import { Button } from '../../../ui/Button.tsx'
import { Dialog, DialogActions } from '../../../ui/Dialog.tsx'
import { Outcome } from '../../publish/Outcome.tsx'
import { hostKey, hostTitle, type OwnHost } from './own-hosts.ts'
import shared from '../Certificates.module.css'

const words = text.ownCertificates.withdraw

interface WithdrawCertificateProps {
  readonly host: OwnHost
  readonly onClose: () => void
}

/** Takes the pins out of the published event, after saying what visitors will see then. */
export function WithdrawCertificate({ host, onClose }: WithdrawCertificateProps) {
  const [result, setResult] = useState<Result<PublishReport>>()
  const isPending = usePending(hostKey(host))
  const running = useSlice('publish')?.running.find(
    (report) => report.pubkey === host.pubkey && report.host === host.host,
  )
  const { calls } = useServices()
  const isDone = result?.ok === true

  const withdraw = async (): Promise<void> => {
    setResult(undefined)
    const target = { pubkey: host.pubkey, host: host.host }
    setResult(await calls.call('ownCertificates.withdraw', target, hostKey(host)))
  }

  return (
    <Dialog isOpen title={words.title(hostTitle(host))} description={words.text} onClose={onClose}>
      <div className={shared['dialogForm']}>
        {!isDone && (
          <ul className={shared['bullets']}>
            {words.consequences.map((consequence) => (
              <li key={consequence}>{consequence}</li>
            ))}
          </ul>
        )}
        <Outcome isRunning={isPending} progress={running} result={result} />
      </div>
      <DialogActions>
        <Button onClick={onClose}>{isDone ? text.shell.close : text.shell.cancel}</Button>
        {!isDone && (
          <Button variant="danger" isPending={isPending} onClick={() => void withdraw()}>
            {words.confirm}
          </Button>
        )}
      </DialogActions>
    </Dialog>
  )
}
