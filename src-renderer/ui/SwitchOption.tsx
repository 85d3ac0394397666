import { useId, type ReactNode } from 'react'
import { Switch } from './Switch.tsx'
import styles from './SwitchOption.module.css'

interface SwitchOptionProps {
  readonly label: string
  readonly hint?: ReactNode
  /** Why it could not be changed. */
  readonly error?: string | undefined
  readonly isOn: boolean
  readonly isDisabled?: boolean
  readonly onChange: (isOn: boolean) => void
  /** Beside the label: that it is being saved. */
  readonly note?: ReactNode
  readonly testId?: string
}

/** A switch with its label and what it means. */
export function SwitchOption(props: SwitchOptionProps) {
  const { label, hint, error, isOn, isDisabled = false, onChange, note, testId } = props
  const id = useId()
  return (
    <div className={styles['option']}>
      <Switch
        id={id}
        label={label}
        isOn={isOn}
        isDisabled={isDisabled}
        onChange={onChange}
        {...(testId === undefined ? {} : { testId })}
      />
      <div className={styles['words']}>
        <label htmlFor={id}>{label}</label> {note}
        {hint !== undefined && <div className={styles['hint']}>{hint}</div>}
        {error !== undefined && (
          <p className={styles['error']} role="alert">
            {error}
          </p>
        )}
      </div>
    </div>
  )
}
