import { useEffect, useState } from 'react'
import { Copy } from 'lucide-react'
import type { Result } from '../../../../src-main/env/errors.ts'
import type { CertificateEntry } from '../../../../src-preload/contract/model.ts'
import { useServices } from '../../../state/window-context.ts'
import { text } from '../../../text/catalogue.ts'
import { Button } from '../../../ui/Button.tsx'
import { CodeBlock } from '../../../ui/CodeBlock.tsx'
import { Dialog, DialogActions } from '../../../ui/Dialog.tsx'
import { ProblemNotice } from '../../../ui/Notice.tsx'
import { Skeleton } from '../../../ui/Skeleton.tsx'
import { serverName } from './certificate-list.ts'
import styles from '../Certificates.module.css'

const words = text.certificates.export

interface PemDialogProps {
  readonly entry: CertificateEntry
  readonly onClose: () => void
}

/** The certificate a server showed last, as text to copy. */
export function PemDialog({ entry, onClose }: PemDialogProps) {
  const { api, calls, toasts } = useServices()
  const [outcome, setOutcome] = useState<Result<{ readonly pem: string }>>()
  useEffect(() => {
    let isOver = false
    void calls.call('certificates.export', { id: entry.id }).then((result) => {
      if (!isOver) setOutcome(result)
    })
    return () => {
      isOver = true
    }
  }, [calls, entry.id])

  const copy = async (pem: string): Promise<void> => {
    await api.shell.copyText(pem)
    toasts.show({ tone: 'ok', title: words.copied, detail: words.usage })
    onClose()
  }

  return (
    <Dialog
      isOpen
      isWide
      title={words.title}
      description={words.description(serverName(entry))}
      onClose={onClose}
    >
      <div className={styles['dialogForm']}>
        {outcome === undefined ? (
          <Skeleton lines={5} />
        ) : outcome.ok ? (
          <>
            <CodeBlock label={words.label}>{outcome.value.pem}</CodeBlock>
            <p className={styles['muted']}>{words.usage}</p>
          </>
        ) : (
          <ProblemNotice problem={outcome.error} />
        )}
      </div>
      <DialogActions>
        <Button onClick={onClose}>{text.shell.close}</Button>
        {outcome?.ok === true && (
          <Button variant="primary" icon={Copy} onClick={() => void copy(outcome.value.pem)}>
            {words.copy}
          </Button>
        )}
      </DialogActions>
    </Dialog>
  )
}
