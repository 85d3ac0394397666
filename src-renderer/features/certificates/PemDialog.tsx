import { useEffect, useState } from 'react'
import { Copy } from 'lucide-react'
import type { Result } from '../../../src-main/env/errors.ts'
import { useServices } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { Button } from '../../ui/Button.tsx'
import { CodeBlock } from '../../ui/CodeBlock.tsx'
import { Dialog, DialogActions } from '../../ui/Dialog.tsx'
import { ProblemNotice } from '../../ui/Notice.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import styles from './Certificates.module.css'

const words = text.certificates.pem

interface PemDialogProps {
  readonly title: string
  readonly description: string
  /** What it is good for. */
  readonly usage: string
  /** Fetches the text; asked once, when the dialog opens. */
  readonly load: () => Promise<Result<string>>
  readonly onClose: () => void
}

/** A certificate as text to copy. */
export function PemDialog({ title, description, usage, load, onClose }: PemDialogProps) {
  const { api, toasts } = useServices()
  const [start] = useState(() => load)
  const [outcome, setOutcome] = useState<Result<string>>()
  useEffect(() => {
    let isOver = false
    void start().then((result) => {
      if (!isOver) setOutcome(result)
    })
    return () => {
      isOver = true
    }
  }, [start])

  const copy = async (pem: string): Promise<void> => {
    await api.shell.copyText(pem)
    toasts.show({ tone: 'ok', title: words.copied, detail: usage })
    onClose()
  }

  return (
    <Dialog isOpen isWide title={title} description={description} onClose={onClose}>
      <div className={styles['dialogForm']}>
        {outcome === undefined ? (
          <Skeleton lines={5} />
        ) : outcome.ok ? (
          <>
            <CodeBlock label={words.label}>{outcome.value}</CodeBlock>
            <p className={styles['muted']}>{usage}</p>
          </>
        ) : (
          <ProblemNotice problem={outcome.error} />
        )}
      </div>
      <DialogActions>
        <Button onClick={onClose}>{text.shell.close}</Button>
        {outcome?.ok === true && (
          <Button variant="primary" icon={Copy} onClick={() => void copy(outcome.value)}>
            {words.copy}
          </Button>
        )}
      </DialogActions>
    </Dialog>
  )
}
