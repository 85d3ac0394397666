import { useState } from 'react'
import { KeyRound } from 'lucide-react'
import type { Identity } from '../../../src-preload/contract/model.ts'
import { useSlice } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ScreenHeader } from '../../ui/ScreenHeader.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { CreateIdentityButton } from '../keys/CreateIdentity.tsx'
import { AddressCard } from './AddressCard.tsx'
import { HostsCard } from './HostsCard.tsx'
import { NameCard } from './NameCard.tsx'
import styles from './Publish.module.css'

const words = text.publish

export function PublishView() {
  const keys = useSlice('keys')
  return (
    <div className={styles['view']}>
      <ScreenHeader title={words.title} subtitle={words.subtitle} />
      {keys === undefined ? (
        <div className={styles['panel']}>
          <Skeleton lines={6} />
        </div>
      ) : keys.identities.length === 0 ? (
        <div className={styles['panel']}>
          <EmptyState
            icon={KeyRound}
            title={words.noIdentity.title}
            action={<CreateIdentityButton />}
          >
            {words.noIdentity.text}
          </EmptyState>
        </div>
      ) : (
        <PublishAs identities={keys.identities} />
      )}
    </div>
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
