import type { ButtonHTMLAttributes, ReactNode, Ref } from 'react'
import { LoaderCircle, type LucideIcon } from 'lucide-react'
import { classNames } from './class-names.ts'
import styles from './Button.module.css'

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly variant?: 'primary' | 'secondary' | 'quiet' | 'danger'
  readonly size?: 'm' | 'l'
  readonly icon?: LucideIcon
  /** Shows a spinner and ignores presses; the button keeps focus, so keyboards do not lose their place. */
  readonly isPending?: boolean
  readonly children: ReactNode
  readonly ref?: Ref<HTMLButtonElement>
}

export function Button({
  variant = 'secondary',
  size = 'm',
  icon: Icon,
  isPending = false,
  children,
  className,
  onClick,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={classNames(styles['button'], styles[variant], styles[size], className)}
      aria-disabled={isPending || undefined}
      aria-busy={isPending || undefined}
      onClick={(event) => {
        if (isPending) event.preventDefault()
        else onClick?.(event)
      }}
    >
      {isPending ? (
        <LoaderCircle className={styles['spinner']} aria-hidden="true" />
      ) : (
        Icon && <Icon aria-hidden="true" />
      )}
      <span>{children}</span>
    </button>
  )
}
