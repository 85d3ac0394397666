import { useRef, type ReactNode } from 'react'
import { Dialog as RadixDialog } from 'radix-ui'
import { X } from 'lucide-react'
import { text } from '../text/catalogue.ts'
import { classNames } from './class-names.ts'
import { IconButton } from './IconButton.tsx'
import styles from './Dialog.module.css'

interface DialogProps {
  readonly title: string
  readonly description?: ReactNode
  readonly isOpen: boolean
  readonly isWide?: boolean
  readonly onClose: () => void
  readonly children: ReactNode
}

/**
 * A modal dialog: focus is held inside, Escape closes it and the focus goes back. Radix' own Overlay
 * is not used: its scroll lock makes a <style> element, which the CSP forbids; here the page behind
 * cannot scroll by pointer because pointer events are off while the dialog is open.
 */
export function Dialog({
  title,
  description,
  isOpen,
  isWide = false,
  onClose,
  children,
}: DialogProps) {
  const opener = useRef<HTMLElement>(undefined)
  return (
    <RadixDialog.Root
      open={isOpen}
      onOpenChange={(open) => {
        if (!open) onClose()
      }}
    >
      <RadixDialog.Portal>
        <div className={styles['overlay']}>
          <RadixDialog.Content
            onOpenAutoFocus={(event) => {
              const focused = focusedOpener()
              if (!isWithin(focused, event.currentTarget)) opener.current = focused
              focusFirst(event)
            }}
            onCloseAutoFocus={(event) => {
              event.preventDefault()
              placeForFocus(opener.current)?.focus({ preventScroll: true })
            }}
            className={classNames(styles['dialog'], isWide && styles['wide'])}
            {...(description === undefined ? { 'aria-describedby': undefined } : {})}
          >
            <header className={styles['header']}>
              <RadixDialog.Title className={styles['title']}>{title}</RadixDialog.Title>
              <RadixDialog.Close asChild>
                <IconButton icon={X} label={text.shell.close} />
              </RadixDialog.Close>
            </header>
            {description !== undefined && (
              <RadixDialog.Description className={styles['description']} asChild>
                <div>{description}</div>
              </RadixDialog.Description>
            )}
            {children}
          </RadixDialog.Content>
        </div>
      </RadixDialog.Portal>
    </RadixDialog.Root>
  )
}

/** Where the focus goes back to: what had it, or the button of the menu that had it. */
function focusedOpener(): HTMLElement | undefined {
  const focused = document.activeElement
  const menuButton = focused?.closest('[role=menu]')?.getAttribute('aria-labelledby')
  const opener = menuButton ? document.getElementById(menuButton) : focused
  return opener instanceof HTMLElement ? opener : undefined
}

/** The opener, or the screen when what was done in the dialog has taken the opener away. */
function placeForFocus(opener: HTMLElement | undefined): HTMLElement | null {
  return opener?.isConnected === true ? opener : document.getElementById('content')
}

function isWithin(element: HTMLElement | undefined, container: EventTarget | null): boolean {
  return element !== undefined && container instanceof Node && container.contains(element)
}

/** Into the first field, or on the least harmful button; never on the X, which comes first. */
function focusFirst(event: Event): void {
  const content = event.currentTarget
  if (!(content instanceof HTMLElement)) return
  const target =
    content.querySelector<HTMLElement>('input, select, textarea') ??
    content.querySelector<HTMLElement>('[data-actions] button')
  if (target === null) return
  event.preventDefault()
  target.focus()
}

/** The row of buttons at the end of a dialog, the main one last. */
export function DialogActions({ children }: { readonly children: ReactNode }) {
  return (
    <div className={styles['actions']} data-actions>
      {children}
    </div>
  )
}
