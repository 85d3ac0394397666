import {
  Download,
  Ellipsis,
  KeyRound,
  Lock,
  Pencil,
  ShieldCheck,
  Star,
  Trash2,
  TriangleAlert,
} from 'lucide-react'
import type { Identity } from '../../../src-preload/contract/model.ts'
import { text } from '../../text/catalogue.ts'
import { Badge } from '../../ui/Badge.tsx'
import { IconButton } from '../../ui/IconButton.tsx'
import { KeyText } from '../../ui/KeyText.tsx'
import { Menu, type MenuItem } from '../../ui/Menu.tsx'
import { RelativeTime } from '../../ui/RelativeTime.tsx'
import styles from './Keys.module.css'

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
    <li className={styles['identity']} data-testid="identity-row">
      <span className={styles['avatar']} aria-hidden="true">
        {identity.isLocked ? <Lock /> : <KeyRound />}
      </span>
      <div className={styles['facts']}>
        <p className={styles['head']}>
          <span className={styles['label']}>{identity.label}</span>
          {identity.isDefault && <Badge tone="accent">{words.isDefault}</Badge>}
          {identity.isLocked && <Badge tone="warning">{words.locked}</Badge>}
          {!isRemote &&
            (identity.isBackedUp ? (
              <Badge tone="ok">
                <ShieldCheck aria-hidden="true" />
                {words.backedUp}
              </Badge>
            ) : (
              <Badge tone="warning">
                <TriangleAlert aria-hidden="true" />
                {words.notBackedUp}
              </Badge>
            ))}
        </p>
        <p className={styles['npub']}>
          <KeyText value={identity.npub} what={words.npub} />
        </p>
        <p className={styles['small']}>
          {words.protection[identity.protection]} · {words.created}{' '}
          <RelativeTime atMs={identity.createdAtMs} />
        </p>
      </div>
      <Menu
        trigger={<IconButton icon={Ellipsis} label={text.shell.moreActions(identity.label)} />}
        items={items}
      />
    </li>
  )
}
