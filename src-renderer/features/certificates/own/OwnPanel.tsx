import { useState } from 'react'
import { KeyRound, Plus, Server } from 'lucide-react'
import type { Identity } from '../../../../src-preload/contract/model.ts'
import { useSlice } from '../../../state/window-context.ts'
import { text } from '../../../text/catalogue.ts'
import { Button } from '../../../ui/Button.tsx'
import { Card } from '../../../ui/Card.tsx'
import { EmptyState } from '../../../ui/EmptyState.tsx'
import { Panel } from '../../../ui/Panel.tsx'
import { Skeleton } from '../../../ui/Skeleton.tsx'
import { CreateIdentityButton } from '../../keys/CreateIdentity.tsx'
import { CreateCertificate } from './CreateCertificate.tsx'
import { groupByHost, type OwnHost } from './own-hosts.ts'
import { OwnHostItem } from './OwnHostItem.tsx'
import { PublishCertificate } from './PublishCertificate.tsx'
import { RemoveCertificate } from './RemoveCertificate.tsx'
import { RotateCertificate } from './RotateCertificate.tsx'
import { StapledCertificate } from './StapledCertificate.tsx'
import { WithdrawCertificate } from './WithdrawCertificate.tsx'

const words = text.ownCertificates

/** Certificates made here for the user's own servers. */
export function OwnPanel() {
  const certificates = useSlice('ownCertificates')
  const keys = useSlice('keys')
  if (certificates === undefined || keys === undefined) {
    return (
      <Panel>
        <Skeleton lines={6} />
      </Panel>
    )
  }
  const [first] = keys.identities
  return first === undefined && certificates.length === 0 ? (
    <Panel>
      <EmptyState icon={KeyRound} title={words.noIdentity.title} action={<CreateIdentityButton />}>
        {words.noIdentity.text}
      </EmptyState>
    </Panel>
  ) : (
    <OwnCertificates hosts={groupByHost(certificates)} identities={keys.identities} />
  )
}

interface OwnCertificatesProps {
  readonly hosts: readonly OwnHost[]
  readonly identities: readonly Identity[]
}

type Asked = {
  readonly what: 'publish' | 'rotate' | 'withdraw' | 'remove' | 'staple'
  readonly host: OwnHost
}

function OwnCertificates({ hosts, identities }: OwnCertificatesProps) {
  const [isCreating, setCreating] = useState(false)
  const [asked, setAsked] = useState<Asked>()
  const close = (): void => setAsked(undefined)
  const ownerOf = ({ pubkey }: OwnHost): Identity | undefined =>
    identities.find((identity) => identity.pubkey === pubkey)
  const create = (
    <Button
      variant={hosts.length === 0 ? 'primary' : 'secondary'}
      icon={Plus}
      disabled={identities.length === 0}
      data-testid="create-certificate"
      onClick={() => setCreating(true)}
    >
      {words.create.open}
    </Button>
  )
  return (
    <>
      <Card
        title={words.title}
        subtitle={words.subtitle}
        actions={hosts.length > 0 ? create : undefined}
      >
        {hosts.length === 0 ? (
          <EmptyState icon={Server} title={words.empty.title} action={create}>
            {words.empty.text}
          </EmptyState>
        ) : (
          <ul>
            {hosts.map((host) => (
              <OwnHostItem
                key={`${host.pubkey} ${host.host}`}
                host={host}
                owner={ownerOf(host)}
                hasOthers={identities.length > 1}
                onPublish={() => setAsked({ what: 'publish', host })}
                onRotate={() => setAsked({ what: 'rotate', host })}
                onStaple={() => setAsked({ what: 'staple', host })}
                onWithdraw={() => setAsked({ what: 'withdraw', host })}
                onRemove={() => setAsked({ what: 'remove', host })}
              />
            ))}
          </ul>
        )}
      </Card>
      {isCreating && (
        <CreateCertificate
          identities={identities}
          hosts={hosts}
          onClose={() => setCreating(false)}
        />
      )}
      {asked?.what === 'publish' && (
        <PublishCertificate host={asked.host} owner={ownerOf(asked.host)} onClose={close} />
      )}
      {asked?.what === 'staple' && <StapledCertificate host={asked.host} onClose={close} />}
      {asked?.what === 'rotate' && <RotateCertificate host={asked.host} onClose={close} />}
      {asked?.what === 'withdraw' && <WithdrawCertificate host={asked.host} onClose={close} />}
      {asked?.what === 'remove' && <RemoveCertificate host={asked.host} onClose={close} />}
    </>
  )
}
