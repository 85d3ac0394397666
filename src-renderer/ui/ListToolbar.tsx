import { useEffect, type RefObject } from 'react'
import { Search } from 'lucide-react'
import { TextField } from './Field.tsx'
import styles from './MasterDetail.module.css'

interface ListToolbarProps {
  readonly label: string
  readonly placeholder: string
  readonly query: string
  readonly onQuery: (query: string) => void
  /** How many rows are shown, in words. */
  readonly count: string
  readonly field: RefObject<HTMLInputElement | null>
  readonly testId: string
}

/** The filter above a list. Ctrl or Cmd with F goes there. */
export function ListToolbar(props: ListToolbarProps) {
  const { label, placeholder, query, onQuery, count, field, testId } = props
  useFindKey(field)
  return (
    <div className={styles['toolbar']}>
      <div className={styles['search']}>
        <Search aria-hidden="true" />
        <TextField
          ref={field}
          label={label}
          isLabelHidden
          type="search"
          placeholder={placeholder}
          value={query}
          onChange={onQuery}
          testId={testId}
        />
      </div>
      <span className={styles['count']} aria-live="polite">
        {count}
      </span>
    </div>
  )
}

function useFindKey(field: RefObject<HTMLInputElement | null>): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || event.key !== 'f' || field.current === null) return
      event.preventDefault()
      field.current.focus()
      field.current.select()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [field])
}
