import type { ReactElement } from 'react'
import { DropdownMenu } from 'radix-ui'
import type { LucideIcon } from 'lucide-react'
import { classNames } from './class-names.ts'
import styles from './Menu.module.css'

export interface MenuItem {
  readonly label: string
  readonly icon: LucideIcon
  readonly isDangerous?: boolean
  readonly onSelect: () => void
}

interface MenuProps {
  /** The button that opens it. */
  readonly trigger: ReactElement
  readonly items: readonly MenuItem[]
}

/** Not modal: Radix' modal menu locks scrolling with a <style> element, which the CSP forbids. */
export function Menu({ trigger, items }: MenuProps) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          className={styles['menu']}
          align="end"
          sideOffset={4}
          collisionPadding={8}
        >
          {items.map(({ label, icon: Icon, isDangerous, onSelect }) => (
            <DropdownMenu.Item
              key={label}
              className={classNames(styles['item'], isDangerous && styles['danger'])}
              onSelect={onSelect}
            >
              <Icon aria-hidden="true" />
              {label}
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}
