import { Switch as RadixSwitch } from 'radix-ui'
import { classNames } from './class-names.ts'
import styles from './Switch.module.css'

interface SwitchProps {
  readonly label: string
  readonly isOn: boolean
  readonly onChange: (isOn: boolean) => void
  readonly size?: 'm' | 'xl'
  readonly isDisabled?: boolean
  readonly id?: string
  readonly testId?: string
}

/** An on/off switch. `label` is its spoken name; draw a visible one beside it where needed. */
export function Switch({
  label,
  isOn,
  onChange,
  size = 'm',
  isDisabled = false,
  id,
  testId,
}: SwitchProps) {
  return (
    <RadixSwitch.Root
      id={id}
      className={classNames(styles['switch'], styles[size])}
      checked={isOn}
      onCheckedChange={onChange}
      disabled={isDisabled}
      aria-label={label}
      data-testid={testId}
    >
      <RadixSwitch.Thumb className={styles['thumb']} />
    </RadixSwitch.Root>
  )
}
