import { Download, Pencil, Star, Trash2 } from 'lucide-react'
import type { Identity } from '../../../src-preload/contract/model.ts'
import { text } from '../../text/catalogue.ts'
import { Badge } from '../../ui/Badge.tsx'
import type { MenuItem } from '../../ui/Menu.tsx'
import { KeyRow } from './KeyRow.tsx'

const words = text.keys

interface IdentityItemProps {
  readonly identity: Identity
  readonly onMakeDefault: () => void
  readonly onRename: () => void
  readonly onExport: () => void
  readonly onRemove: () => void
}

export function IdentityItem(props: IdentityItemProps) {
  const { identity, onMakeDefault, onRename, onExport, onRemove } = props
  const isRemote = identity.protection === 'remote'
  const items: readonly MenuItem[] = [
    ...(identity.isDefault
      ? []
      : [{ label: words.makeDefault, icon: Star, onSelect: onMakeDefault }]),
    { label: words.rename.action, icon: Pencil, onSelect: onRename },
    ...(isRemote ? [] : [{ label: words.exportKey.action, icon: Download, onSelect: onExport }]),
    { label: words.remove.action, icon: Trash2, isDangerous: true, onSelect: onRemove },
  ]
  return (
    <KeyRow
      held={identity}
      publicKey={identity.npub}
      what={words.npub}
      badge={identity.isDefault && <Badge tone="accent">{words.isDefault}</Badge>}
      items={items}
      testId="identity-row"
    />
  )
}
