import { useServices } from '../../../state/window-context.ts'
import { text } from '../../../text/catalogue.ts'
import { ConfirmDialog } from '../../../ui/ConfirmDialog.tsx'
import { hostKey, hostTitle, type OwnHost } from './own-hosts.ts'
import styles from './RemoveCertificate.module.css'

const words = text.ownCertificates.remove

interface RemoveCertificateProps {
  readonly host: OwnHost
  readonly onClose: () => void
}

/** Asks, says what visitors will see, and removes key and certificate of a host. */
export function RemoveCertificate({ host, onClose }: RemoveCertificateProps) {
  const { calls, toasts } = useServices()
  const title = hostTitle(host)
  const isPublished = host.certificates.some((held) => held.isPublished)

  const remove = async (): Promise<void> => {
    const target = { pubkey: host.pubkey, host: host.host }
    const result = await calls.call('ownCertificates.remove', target, hostKey(host))
    if (result.ok) toasts.show({ tone: 'info', title: words.done(title) })
    else toasts.showProblem(result.error)
  }

  return (
    <ConfirmDialog
      isOpen
      title={words.title(title)}
      description={
        <>
          <p>{words.text}</p>
          {isPublished && <p className={styles['published']}>{words.published}</p>}
        </>
      }
      confirmLabel={words.confirm}
      isDangerous
      onConfirm={() => void remove()}
      onClose={onClose}
    />
  )
}
