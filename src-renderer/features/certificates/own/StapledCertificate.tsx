import type { Result } from '../../../../src-main/env/errors.ts'
import { useServices } from '../../../state/window-context.ts'
import { text } from '../../../text/catalogue.ts'
import { PemDialog } from '../PemDialog.tsx'
import { hostTitle, type OwnHost } from './own-hosts.ts'

const words = text.ownCertificates.staple

interface StapledCertificateProps {
  readonly host: OwnHost
  readonly onClose: () => void
}

/** A certificate with its owner's signed word for it inside, as text to copy. */
export function StapledCertificate({ host, onClose }: StapledCertificateProps) {
  const { calls } = useServices()
  const staple = async (): Promise<Result<string>> => {
    const target = { pubkey: host.pubkey, host: host.host }
    const result = await calls.call('ownCertificates.staple', target)
    return result.ok ? { ok: true, value: result.value.certificatePem } : result
  }
  return (
    <PemDialog
      title={words.title(hostTitle(host))}
      description={words.description}
      usage={words.usage}
      load={staple}
      onClose={onClose}
    />
  )
}
