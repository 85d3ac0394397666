import { useId, type ReactNode, type Ref } from 'react'
import styles from './Checkbox.module.css'

interface CheckboxProps {
  readonly label: ReactNode
  readonly isChecked: boolean
  readonly isDisabled?: boolean
  readonly error?: string | undefined
  readonly onChange: (isChecked: boolean) => void
  readonly ref?: Ref<HTMLInputElement>
}

export function Checkbox(props: CheckboxProps) {
  const { label, isChecked, isDisabled = false, error, onChange, ref } = props
  const id = useId()
  return (
    <div className={styles['checkbox']}>
      <input
        ref={ref}
        id={id}
        type="checkbox"
        checked={isChecked}
        disabled={isDisabled}
        aria-invalid={error !== undefined || undefined}
        aria-describedby={error === undefined ? undefined : `${id}-error`}
        onChange={(event) => onChange(event.target.checked)}
      />
      <label htmlFor={id}>{label}</label>
      {error !== undefined && (
        <p id={`${id}-error`} className={styles['error']} role="alert">
          {error}
        </p>
      )}
    </div>
  )
}
