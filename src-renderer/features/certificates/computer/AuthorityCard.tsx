import { useState } from 'react'
import { FileText, RefreshCcw } from 'lucide-react'
import type { Result } from '../../../../src-main/env/errors.ts'
import type { TrustView } from '../../../../src-preload/contract/model.ts'
import { usePending, useServices } from '../../../state/window-context.ts'
import { text } from '../../../text/catalogue.ts'
import { Button } from '../../../ui/Button.tsx'
import { Card } from '../../../ui/Card.tsx'
import { ConfirmDialog } from '../../../ui/ConfirmDialog.tsx'
import { DateText } from '../../../ui/DateText.tsx'
import { Fact, Facts } from '../../../ui/Facts.tsx'
import { HashText } from '../../../ui/HashText.tsx'
import { RelativeTime } from '../../../ui/RelativeTime.tsx'
import { PemDialog } from '../PemDialog.tsx'
import { installedIn } from './trust-state.ts'

const words = text.trust.authority

interface AuthorityCardProps {
  readonly trust: TrustView
  readonly authority: NonNullable<TrustView['authority']>
}

/** The authority that browsers are told to trust, and the way to replace it. */
export function AuthorityCard({ trust, authority }: AuthorityCardProps) {
  const [isAsked, setAsked] = useState(false)
  const [isExporting, setExporting] = useState(false)
  const isRotating = usePending('trust.rotate')
  const { calls, toasts } = useServices()

  const rotate = async (): Promise<void> => {
    const result = await calls.call('trust.rotate', {})
    if (!result.ok) {
      toasts.showProblem(result.error)
      return
    }
    const isLost = installedIn(trust.targets).length > installedIn(result.value.targets).length
    toasts.show({
      tone: isLost ? 'warning' : 'ok',
      title: words.rotated,
      detail: isLost ? words.rotateAgain : words.rotatedDetail,
    })
  }

  const exportRoot = async (): Promise<Result<string>> => {
    const result = await calls.call('trust.exportRoot', {})
    return result.ok ? { ok: true, value: result.value.pem } : result
  }

  return (
    <Card
      title={words.title}
      actions={
        <>
          <Button icon={FileText} variant="quiet" onClick={() => setExporting(true)}>
            {words.export}
          </Button>
          <Button icon={RefreshCcw} isPending={isRotating} onClick={() => setAsked(true)}>
            {words.rotate}
          </Button>
        </>
      }
    >
      <Facts>
        <Fact term={words.name}>{authority.commonName}</Fact>
        <Fact term={words.scope}>{words.scopeText}</Fact>
        <Fact term={words.fingerprint}>
          <HashText value={authority.rootSha256} what={words.fingerprint} />
        </Fact>
        <Fact term={words.protection}>{words.protections[authority.protection]}</Fact>
        <Fact term={words.made}>
          <RelativeTime atMs={authority.createdAtMs} />
        </Fact>
        <Fact term={words.validTo}>
          <DateText atMs={authority.validTo * 1000} />
        </Fact>
      </Facts>
      <ConfirmDialog
        isOpen={isAsked}
        title={words.rotateTitle}
        description={words.rotateText}
        confirmLabel={words.rotateConfirm}
        onConfirm={() => void rotate()}
        onClose={() => setAsked(false)}
      />
      {isExporting && (
        <PemDialog
          title={words.exportTitle}
          description={words.exportText}
          usage={words.exportUsage}
          load={exportRoot}
          onClose={() => setExporting(false)}
        />
      )}
    </Card>
  )
}
