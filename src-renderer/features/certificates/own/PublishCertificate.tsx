import { useState } from 'react'
import { Send } from 'lucide-react'
import type { Result } from '../../../../src-main/env/errors.ts'
import type { Identity, PublishReport } from '../../../../src-preload/contract/model.ts'
import { usePending, useServices, useSlice } from '../../../state/window-context.ts'
import { text } from '../../../text/catalogue.ts'
import { Button } from '../../../ui/Button.tsx'
import { Dialog, DialogActions } from '../../../ui/Dialog.tsx'
import { TextField } from '../../../ui/Field.tsx'
import { Notice } from '../../../ui/Notice.tsx'
import { SwitchOption } from '../../../ui/SwitchOption.tsx'
import { Outcome } from '../../publish/Outcome.tsx'
import { hostKey, hostTitle, parsePorts, type OwnHost } from './own-hosts.ts'
import shared from '../Certificates.module.css'

const words = text.ownCertificates.publish

interface PublishCertificateProps {
  readonly host: OwnHost
  readonly owner: Identity | undefined
  readonly onClose: () => void
}

/** Publishes what visitors should expect of the server, and shows what each relay said. */
export function PublishCertificate({ host, owner, onClose }: PublishCertificateProps) {
  const [portsText, setPortsText] = useState('443')
  const [includeCertificate, setInclude] = useState(false)
  const [isChecked, setChecked] = useState(false)
  const [result, setResult] = useState<Result<PublishReport>>()
  const isPending = usePending(hostKey(host))
  const running = useSlice('publish')?.running.find(
    (report) => report.pubkey === host.pubkey && report.host === host.host,
  )
  const { calls } = useServices()
  const ports = parsePorts(portsText)
  const isDone = result?.ok === true

  const publish = async (): Promise<void> => {
    setChecked(true)
    if (ports === undefined) return
    setResult(undefined)
    setResult(
      await calls.call(
        'ownCertificates.publish',
        { pubkey: host.pubkey, host: host.host, ports: [...ports], includeCertificate },
        hostKey(host),
      ),
    )
  }

  return (
    <Dialog
      isOpen
      title={words.title(hostTitle(host))}
      description={words.description}
      onClose={onClose}
    >
      <form
        className={shared['dialogForm']}
        onSubmit={(event) => {
          event.preventDefault()
          if (!isPending) void publish()
        }}
      >
        {!isDone && (
          <>
            <TextField
              label={words.ports}
              hint={words.portsHint}
              inputMode="numeric"
              value={portsText}
              error={isChecked && ports === undefined ? words.portsRule : undefined}
              onChange={setPortsText}
            />
            <SwitchOption
              label={words.include}
              hint={words.includeHint}
              isOn={includeCertificate}
              onChange={setInclude}
            />
            {!host.current.isPublished && <p className={shared['muted']}>{words.unservedHint}</p>}
            {owner?.isLocked === true && <Notice tone="warning" title={words.locked} />}
          </>
        )}
        <Outcome isRunning={isPending} progress={running} result={result} />
        <DialogActions>
          <Button onClick={onClose}>{isDone ? text.shell.close : text.shell.cancel}</Button>
          {!isDone && (
            <Button type="submit" variant="primary" icon={Send} isPending={isPending}>
              {words.submit}
            </Button>
          )}
        </DialogActions>
      </form>
    </Dialog>
  )
}
