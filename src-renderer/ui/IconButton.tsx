import type { ButtonHTMLAttributes, Ref } from 'react'
import type { LucideIcon } from 'lucide-react'
import { classNames } from './class-names.ts'
import { Hint } from './Hint.tsx'
import styles from './IconButton.module.css'

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly icon: LucideIcon
  /** Spoken name, and the tooltip. */
  readonly label: string
  readonly isSpinning?: boolean
  readonly ref?: Ref<HTMLButtonElement>
}

export function IconButton({
  icon: Icon,
  label,
  isSpinning = false,
  className,
  ...rest
}: IconButtonProps) {
  return (
    <Hint text={label}>
      <button
        type="button"
        aria-label={label}
        {...rest}
        className={classNames(styles['button'], className)}
      >
        <Icon aria-hidden="true" className={classNames(isSpinning && styles['spinning'])} />
      </button>
    </Hint>
  )
}
