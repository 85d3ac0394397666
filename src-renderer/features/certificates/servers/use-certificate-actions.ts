import type { Result } from '../../../../src-main/env/errors.ts'
import type { CertificateEntry, CheckReport } from '../../../../src-preload/contract/model.ts'
import { useServices } from '../../../state/window-context.ts'
import { text } from '../../../text/catalogue.ts'
import { serverName } from './certificate-list.ts'

const words = text.certificates.detail

type Target = Pick<CertificateEntry, 'domain' | 'port'>

export interface CertificateActions {
  check(target: Target): Promise<Result<CheckReport>>
  forget(entry: CertificateEntry): Promise<void>
}

/** Key of a check in `pending`. */
export function checkKey({ domain, port }: Target): string {
  return `certificates.check ${domain}:${port}`
}

export function useCertificateActions(): CertificateActions {
  const { calls, toasts } = useServices()
  const check = ({ domain, port }: Target): Promise<Result<CheckReport>> =>
    calls.call('certificates.check', { domain, port }, checkKey({ domain, port }))
  return {
    check,
    async forget(entry) {
      const result = await calls.call('certificates.forget', { id: entry.id })
      if (!result.ok) {
        toasts.showProblem(result.error)
        return
      }
      const checkAgain = async (): Promise<void> => {
        const again = await check(entry)
        if (!again.ok) toasts.showProblem(again.error)
      }
      toasts.show({
        tone: 'info',
        title: words.forgotten(serverName(entry)),
        action: { label: words.checkAgain, run: () => void checkAgain() },
      })
    },
  }
}
