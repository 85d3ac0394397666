import { Check } from 'lucide-react'
import { text } from '../../text/catalogue.ts'
import type { Saving } from './use-setting.ts'
import styles from './Settings.module.css'

const words = text.settings

interface SavedMarkProps {
  readonly saving: Saving
  /** Typed and not saved yet. */
  readonly isChanged?: boolean
}

/** Whether what the field shows is what is in force. */
export function SavedMark({ saving: { isSaving, isSaved }, isChanged = false }: SavedMarkProps) {
  return (
    <span className={styles['mark']} aria-live="polite" data-testid="saved-mark">
      {isSaving ? (
        words.saving
      ) : isChanged ? (
        <span className={styles['unsaved']}>{words.unsaved}</span>
      ) : (
        isSaved && (
          <span className={styles['saved']}>
            <Check aria-hidden="true" />
            {words.saved}
          </span>
        )
      )}
    </span>
  )
}
