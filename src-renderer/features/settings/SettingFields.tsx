import { useState, type ReactNode } from 'react'
import { text } from '../../text/catalogue.ts'
import { Button } from '../../ui/Button.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { TextArea, TextField } from '../../ui/Field.tsx'
import { SwitchOption } from '../../ui/SwitchOption.tsx'
import { SavedMark } from './SavedMark.tsx'
import type { PathsTo } from './setting-path.ts'
import { listCodec, numberCodec } from './setting-text.ts'
import { useChoice, useTyped, type Typed } from './use-setting.ts'
import styles from './Settings.module.css'

const words = text.settings

interface SettingSwitchProps {
  readonly path: PathsTo<boolean>
  readonly label: string
  readonly hint?: ReactNode
  /** Asked before it is switched on, where that has a price. */
  readonly consent?: {
    readonly title: string
    readonly text: ReactNode
    readonly confirm: string
  }
}

/** Saved at once. */
export function SettingSwitch({ path, label, hint, consent }: SettingSwitchProps) {
  const { value, failure, choose, ...saving } = useChoice(path)
  const [isAsked, setAsked] = useState(false)
  return (
    <>
      <SwitchOption
        label={label}
        hint={hint}
        error={failure}
        isOn={saving.isSaving ? value !== true : value === true}
        isDisabled={value === undefined || saving.isSaving}
        note={<SavedMark saving={saving} />}
        testId={`setting-${path}`}
        onChange={(isOn) => {
          if (isOn && consent !== undefined) setAsked(true)
          else void choose(isOn)
        }}
      />
      {consent !== undefined && (
        <ConfirmDialog
          isOpen={isAsked}
          title={consent.title}
          description={consent.text}
          confirmLabel={consent.confirm}
          onConfirm={() => void choose(true)}
          onClose={() => setAsked(false)}
        />
      )}
    </>
  )
}

interface SettingNumberProps {
  readonly path: PathsTo<number>
  readonly label: string
  readonly hint?: ReactNode
}

export function SettingNumber({ path, label, hint }: SettingNumberProps) {
  const field = useTyped(path, numberCodec)
  return (
    <TypedForm field={field} isShort>
      <TextField
        label={label}
        hint={hint}
        inputMode="numeric"
        value={field.typed ?? ''}
        disabled={field.typed === undefined}
        error={field.failure}
        testId={`setting-${path}`}
        onChange={field.type}
      />
    </TypedForm>
  )
}

interface SettingListProps {
  readonly path: Exclude<PathsTo<string[]>, 'system.suffixes'>
  readonly label: string
  readonly hint?: ReactNode
  readonly placeholder?: string
}

/** One entry a line. */
export function SettingList({ path, label, hint, placeholder }: SettingListProps) {
  const field = useTyped(path, listCodec)
  const lines = (field.typed ?? '').split('\n').length
  return (
    <TypedForm field={field}>
      <TextArea
        label={label}
        hint={hint}
        rows={Math.min(8, Math.max(2, lines))}
        placeholder={placeholder}
        value={field.typed ?? ''}
        disabled={field.typed === undefined}
        error={field.failure}
        testId={`setting-${path}`}
        onChange={field.type}
      />
    </TypedForm>
  )
}

interface TypedFormProps {
  readonly field: Typed
  readonly isShort?: boolean
  readonly children: ReactNode
}

/** The field, whether it is saved, and the two things that can be done when it is not. */
function TypedForm({ field, isShort = false, children }: TypedFormProps) {
  return (
    <form
      className={isShort ? styles['short'] : styles['typed']}
      onSubmit={(event) => {
        event.preventDefault()
        if (!field.isSaving) void field.save()
      }}
    >
      {children}
      <div className={styles['commit']}>
        {field.isChanged && (
          <>
            <Button type="submit" variant="primary" isPending={field.isSaving}>
              {words.save}
            </Button>
            <Button variant="quiet" onClick={field.discard}>
              {words.discard}
            </Button>
          </>
        )}
        <SavedMark saving={field} isChanged={field.isChanged} />
      </div>
    </form>
  )
}
