import { useState } from 'react'
import type { Problem } from '../../../../src-main/env/errors.ts'
import { usePending, useServices } from '../../../state/window-context.ts'
import { text } from '../../../text/catalogue.ts'
import { Button } from '../../../ui/Button.tsx'
import { Dialog, DialogActions } from '../../../ui/Dialog.tsx'
import { Notice, ProblemNotice } from '../../../ui/Notice.tsx'
import { hostKey, hostTitle, type OwnHost } from './own-hosts.ts'
import styles from './RotateCertificate.module.css'
import shared from '../Certificates.module.css'

const words = text.ownCertificates.rotate

interface RotateCertificateProps {
  readonly host: OwnHost
  readonly onClose: () => void
}

/** Explains both steps of a change of key and takes the one that is due. */
export function RotateCertificate({ host: opened, onClose }: RotateCertificateProps) {
  // As it was when the dialog opened: the step that was explained is the step that is taken.
  const [host] = useState(opened)
  const [problem, setProblem] = useState<Problem>()
  const isPending = usePending(hostKey(host))
  const { calls, toasts } = useServices()
  const title = hostTitle(host)
  const isSecond = host.next !== undefined
  const isUnpublished = host.next?.isPublished === false

  const rotate = async (): Promise<void> => {
    setProblem(undefined)
    const target = { pubkey: host.pubkey, host: host.host }
    const result = await calls.call('ownCertificates.rotate', target, hostKey(host))
    if (!result.ok) {
      setProblem(result.error)
      return
    }
    toasts.show({
      tone: 'ok',
      title: isSecond ? words.doneSecond(title) : words.doneFirst(title),
      detail: isSecond ? words.doneSecondDetail : words.doneFirstDetail,
    })
    onClose()
  }

  return (
    <Dialog
      isOpen
      title={isSecond ? words.secondTitle(title) : words.title(title)}
      description={isSecond ? words.secondText : words.why}
      onClose={onClose}
    >
      <div className={shared['dialogForm']}>
        {isSecond ? (
          isUnpublished && <Notice tone="warning" title={words.secondUnpublished} />
        ) : (
          <Steps />
        )}
        {problem !== undefined && <ProblemNotice problem={problem} />}
      </div>
      <DialogActions>
        <Button onClick={onClose}>{text.shell.cancel}</Button>
        {!isUnpublished && (
          <Button variant="primary" isPending={isPending} onClick={() => void rotate()}>
            {isSecond ? words.confirmSecond : words.confirmFirst}
          </Button>
        )}
      </DialogActions>
    </Dialog>
  )
}

function Steps() {
  return (
    <ol className={styles['steps']}>
      {words.steps.map((step) => (
        <li key={step}>{step}</li>
      ))}
    </ol>
  )
}
