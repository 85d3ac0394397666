import { Toast } from 'radix-ui'
import { CircleAlert, CircleCheck, Info, TriangleAlert, X } from 'lucide-react'
import { useServices, useWindow } from '../state/window-context.ts'
import { text } from '../text/catalogue.ts'
import { Button } from '../ui/Button.tsx'
import { classNames } from '../ui/class-names.ts'
import { IconButton } from '../ui/IconButton.tsx'
import styles from './ToastHost.module.css'

const icons = { ok: CircleCheck, info: Info, warning: TriangleAlert, error: CircleAlert } as const

/** Long enough to read and to reach Undo; Radix pauses it while the pointer or focus is on it. */
const plainMs = 6000
const withActionMs = 15_000

/** Results of what the user did. F8 moves the focus here. */
export function ToastHost() {
  const toasts = useWindow((state) => state.toasts)
  const services = useServices()
  return (
    <Toast.Provider swipeDirection="right" label={text.shell.notifications}>
      {toasts.map(({ id, tone, title, detail, action }) => {
        const Icon = icons[tone]
        return (
          <Toast.Root
            key={id}
            className={styles['toast']}
            duration={action === undefined && tone !== 'error' ? plainMs : withActionMs}
            onOpenChange={(isOpen) => {
              if (!isOpen) services.toasts.dismiss(id)
            }}
          >
            <Icon className={classNames(styles['icon'], styles[tone])} aria-hidden="true" />
            <div className={styles['body']}>
              <Toast.Title className={styles['title']}>{title}</Toast.Title>
              {detail !== undefined && (
                <Toast.Description className={styles['detail']}>{detail}</Toast.Description>
              )}
            </div>
            {action !== undefined && (
              <Toast.Action altText={action.label} asChild>
                <Button onClick={action.run}>{action.label}</Button>
              </Toast.Action>
            )}
            <Toast.Close asChild>
              <IconButton icon={X} label={text.shell.dismiss} />
            </Toast.Close>
          </Toast.Root>
        )
      })}
      <Toast.Viewport
        className={styles['viewport']}
        label={`${text.shell.notifications} ({hotkey})`}
      />
    </Toast.Provider>
  )
}
