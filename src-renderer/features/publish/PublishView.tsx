import { useState } from 'react'
import { KeyRound } from 'lucide-react'
import type { Identity } from '../../../src-preload/contract/model.ts'
import { useSlice } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { Screen } from '../../ui/Screen.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { CreateIdentityButton } from '../keys/CreateIdentity.tsx'
import { AddressCard } from './AddressCard.tsx'
import { HostsCard } from './HostsCard.tsx'
import { NameCard } from './NameCard.tsx'

const words = text.publish

export function PublishView() {
  const keys = useSlice('keys')
  return (
    <Screen title={words.title} subtitle={words.subtitle}>
      {keys === undefined ? (
        <Panel>
          <Skeleton lines={6} />
        </Panel>
      ) : keys.identities.length === 0 ? (
        <Panel>
          <EmptyState
            icon={KeyRound}
            title={words.noIdentity.title}
            action={<CreateIdentityButton />}
          >
            {words.noIdentity.text}
          </EmptyState>
        </Panel>
      ) : (
        <PublishAs identities={keys.identities} />
      )}
    </Screen>
  )
}

function PublishAs({ identities }: { readonly identities: readonly Identity[] }) {
  const [chosen, setChosen] = useState<string>()
  const identity =
    identities.find(({ pubkey }) => pubkey === chosen) ??
    identities.find(({ isDefault }) => isDefault) ??
    identities[0]
  if (identity === undefined) return null
  return (
    <>
      <NameCard identity={identity} identities={identities} onChoose={setChosen} />
      <AddressCard key={identity.pubkey} identity={identity} />
      <HostsCard identity={identity} />
    </>
  )
}
