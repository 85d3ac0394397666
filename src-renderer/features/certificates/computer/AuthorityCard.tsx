import { useState } from 'react'
import { RefreshCcw } from 'lucide-react'
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
import { installedIn } from './trust-state.ts'

const words = text.trust.authority

interface AuthorityCardProps {
  readonly trust: TrustView
  readonly authority: NonNullable<TrustView['authority']>
}

/** The authority that browsers are told to trust, and the way to replace it. */
export function AuthorityCard({ trust, authority }: AuthorityCardProps) {
  const [isAsked, setAsked] = useState(false)
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

  return (
    <Card
      title={words.title}
      actions={
        <Button icon={RefreshCcw} isPending={isRotating} onClick={() => setAsked(true)}>
          {words.rotate}
        </Button>
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
    </Card>
  )
}
