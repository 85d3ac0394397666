import type { ReactNode } from 'react'
import { Ellipsis, KeyRound, Lock, ShieldCheck, TriangleAlert } from 'lucide-react'
import type { Protection } from '../../../src-preload/contract/model.ts'
import { text } from '../../text/catalogue.ts'
import { Badge } from '../../ui/Badge.tsx'
import { IconButton } from '../../ui/IconButton.tsx'
import { KeyText } from '../../ui/KeyText.tsx'
import { Menu, type MenuItem } from '../../ui/Menu.tsx'
import { RelativeTime } from '../../ui/RelativeTime.tsx'
import styles from './Keys.module.css'

const words = text.keys

interface KeyRowProps {
  readonly held: {
    readonly label: string
    readonly createdAtMs: number
    readonly protection: Protection
    readonly isLocked: boolean
    readonly isBackedUp: boolean
  }
  readonly publicKey: string
  /** What the public key is called. */
  readonly what: string
  /** After the label. */
  readonly badge?: ReactNode
  /** Before the menu. */
  readonly actions?: ReactNode
  readonly items: readonly MenuItem[]
  readonly testId: string
}

/** A key held here: what it is called, how it is kept, and whether a copy of it exists. */
export function KeyRow({ held, publicKey, what, badge, actions, items, testId }: KeyRowProps) {
  const { label, createdAtMs, protection, isLocked, isBackedUp } = held
  return (
    <li className={styles['identity']} data-testid={testId}>
      <span className={styles['avatar']} aria-hidden="true">
        {isLocked ? <Lock /> : <KeyRound />}
      </span>
      <div className={styles['facts']}>
        <p className={styles['head']}>
          <span className={styles['label']}>{label}</span>
          {badge}
          {isLocked && <Badge tone="warning">{words.locked}</Badge>}
          {protection !== 'remote' &&
            (isBackedUp ? (
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
          <KeyText value={publicKey} what={what} />
        </p>
        <p className={styles['small']}>
          {words.protection[protection]} · {words.created} <RelativeTime atMs={createdAtMs} />
        </p>
      </div>
      <span className={styles['rowActions']}>
        {actions}
        <Menu
          trigger={<IconButton icon={Ellipsis} label={text.shell.moreActions(label)} />}
          items={items}
        />
      </span>
    </li>
  )
}
