import { useState } from 'react'
import { X } from 'lucide-react'
import { usePending, useServices, useSlice } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { problemText } from '../../text/problems.ts'
import { Button } from '../../ui/Button.tsx'
import { TextField } from '../../ui/Field.tsx'
import { IconButton } from '../../ui/IconButton.tsx'
import { petnameError } from './petname-rule.ts'
import detail from '../../ui/DetailPanel.module.css'
import styles from './PetnameBox.module.css'

const words = text.names.petname

/** Sets and removes the user's own words for a key. */
export function PetnameBox({ npub }: { readonly npub: string }) {
  const petnames = useSlice('petnames') ?? []
  const [label, setLabel] = useState('')
  const [refusal, setRefusal] = useState<string>()
  const isSaving = usePending('petnames.set')
  const { calls, toasts } = useServices()
  const held = petnames.filter((petname) => petname.npub === npub)
  const error = refusal ?? (label === '' ? undefined : petnameError(label, npub, petnames))

  const set = async (wanted: string): Promise<boolean> => {
    const result = await calls.call('petnames.set', { label: wanted, npub })
    if (result.ok) return true
    setRefusal(problemText(result.error).title)
    return false
  }
  const save = async (): Promise<void> => {
    if (label === '' || error !== undefined || !(await set(label))) return
    setLabel('')
    toasts.show({ tone: 'ok', title: words.saved(label) })
  }
  const remove = async (gone: string): Promise<void> => {
    const result = await calls.call('petnames.remove', { label: gone })
    if (!result.ok) {
      toasts.showProblem(result.error)
      return
    }
    toasts.show({
      tone: 'info',
      title: words.removed(gone),
      action: { label: text.shell.undo, run: () => void set(gone) },
    })
  }

  return (
    <>
      <h3 className={detail['section']}>{words.title}</h3>
      {held.length > 0 && (
        <ul className={styles['held']}>
          {held.map((petname) => (
            <li key={petname.label} className={styles['chip']}>
              {petname.label}
              <IconButton
                icon={X}
                label={words.remove(petname.label)}
                onClick={() => void remove(petname.label)}
              />
            </li>
          ))}
        </ul>
      )}
      <form
        className={styles['form']}
        onSubmit={(event) => {
          event.preventDefault()
          void save()
        }}
      >
        <TextField
          label={words.label}
          isLabelHidden
          placeholder={words.placeholder}
          maxLength={63}
          value={label}
          error={error}
          hint={label !== '' && error === undefined ? words.preview(label) : words.none}
          onChange={(value) => {
            setRefusal(undefined)
            setLabel(value.trim().toLowerCase())
          }}
        />
        <Button type="submit" isPending={isSaving} disabled={label === ''}>
          {words.save}
        </Button>
      </form>
    </>
  )
}
