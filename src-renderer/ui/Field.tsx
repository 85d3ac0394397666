import {
  useId,
  type InputHTMLAttributes,
  type ReactNode,
  type Ref,
  type SelectHTMLAttributes,
  type TextareaHTMLAttributes,
} from 'react'
import { ChevronDown } from 'lucide-react'
import { classNames } from './class-names.ts'
import styles from './Field.module.css'

interface FieldFrameProps {
  readonly id: string
  readonly label: string
  readonly isLabelHidden?: boolean | undefined
  readonly hint?: ReactNode
  readonly error?: string | undefined
  readonly children: ReactNode
}

function FieldFrame({ id, label, isLabelHidden, hint, error, children }: FieldFrameProps) {
  return (
    <div className={styles['field']}>
      <label htmlFor={id} className={isLabelHidden ? 'visually-hidden' : styles['label']}>
        {label}
      </label>
      {children}
      {error !== undefined && (
        <p id={`${id}-error`} className={styles['error']} role="alert">
          {error}
        </p>
      )}
      {hint !== undefined && (
        <p id={`${id}-hint`} className={styles['hint']}>
          {hint}
        </p>
      )}
    </div>
  )
}

function describedBy(id: string, hint: ReactNode, error: string | undefined): string | undefined {
  const ids = [error !== undefined && `${id}-error`, hint !== undefined && `${id}-hint`]
  return classNames(...ids) || undefined
}

interface TextFieldProps extends Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange' | 'id'> {
  readonly label: string
  readonly isLabelHidden?: boolean
  readonly hint?: ReactNode
  readonly error?: string | undefined
  readonly isMono?: boolean
  readonly onChange: (value: string) => void
  readonly testId?: string
  readonly ref?: Ref<HTMLInputElement> | undefined
}

export function TextField({
  label,
  isLabelHidden,
  hint,
  error,
  isMono = false,
  onChange,
  testId,
  className,
  ...rest
}: TextFieldProps) {
  const id = useId()
  return (
    <FieldFrame id={id} label={label} isLabelHidden={isLabelHidden} hint={hint} error={error}>
      <input
        autoComplete="off"
        spellCheck={false}
        {...rest}
        id={id}
        className={classNames(styles['input'], isMono && styles['mono'], className)}
        aria-invalid={error !== undefined || undefined}
        aria-describedby={describedBy(id, hint, error)}
        data-testid={testId}
        onChange={(event) => onChange(event.target.value)}
      />
    </FieldFrame>
  )
}

interface TextAreaProps extends Omit<
  TextareaHTMLAttributes<HTMLTextAreaElement>,
  'onChange' | 'id'
> {
  readonly label: string
  readonly hint?: ReactNode
  readonly error?: string | undefined
  readonly onChange: (value: string) => void
  readonly testId?: string
}

/** Several lines of text that programs read: set in the fixed-width font. */
export function TextArea({ label, hint, error, onChange, testId, ...rest }: TextAreaProps) {
  const id = useId()
  return (
    <FieldFrame id={id} label={label} hint={hint} error={error}>
      <textarea
        autoComplete="off"
        spellCheck={false}
        wrap="off"
        {...rest}
        id={id}
        className={classNames(styles['input'], styles['area'], styles['mono'])}
        aria-invalid={error !== undefined || undefined}
        aria-describedby={describedBy(id, hint, error)}
        data-testid={testId}
        onChange={(event) => onChange(event.target.value)}
      />
    </FieldFrame>
  )
}

interface SelectFieldProps extends Omit<
  SelectHTMLAttributes<HTMLSelectElement>,
  'onChange' | 'id'
> {
  readonly label: string
  readonly isLabelHidden?: boolean
  readonly hint?: ReactNode
  readonly options: readonly { readonly value: string; readonly label: string }[]
  readonly onChange: (value: string) => void
}

/** The platform's own select: complete keyboard and screen reader behaviour, and no <style> element. */
export function SelectField({
  label,
  isLabelHidden,
  hint,
  options,
  onChange,
  className,
  ...rest
}: SelectFieldProps) {
  const id = useId()
  return (
    <FieldFrame id={id} label={label} isLabelHidden={isLabelHidden} hint={hint}>
      <span className={styles['selectBox']}>
        <select
          {...rest}
          id={id}
          className={classNames(styles['input'], styles['select'], className)}
          aria-describedby={describedBy(id, hint, undefined)}
          onChange={(event) => onChange(event.target.value)}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
        <ChevronDown className={styles['chevron']} aria-hidden="true" />
      </span>
    </FieldFrame>
  )
}
