import { text } from '../../text/catalogue.ts'
import { Card } from '../../ui/Card.tsx'
import { Checkbox } from '../../ui/Checkbox.tsx'
import { SavedMark } from './SavedMark.tsx'
import { useChoice } from './use-setting.ts'
import styles from './Settings.module.css'

const words = text.system.suffixes
const known = ['nostr', 'pkarr', 'key'] as const

/** Which endings the system sends to us once that is on. */
export function SuffixesCard() {
  const { value, failure, choose, ...saving } = useChoice('system.suffixes')
  const held = value ?? []
  return (
    <Card title={words.title} subtitle={words.text} actions={<SavedMark saving={saving} />}>
      <div className={styles['checks']}>
        {known.map((suffix) => {
          const isChecked = held.includes(suffix)
          return (
            <Checkbox
              key={suffix}
              label={words.names[suffix]}
              isChecked={isChecked}
              isDisabled={
                value === undefined || saving.isSaving || (isChecked && held.length === 1)
              }
              onChange={(isWanted) =>
                void choose(
                  known.filter((other) => (other === suffix ? isWanted : held.includes(other))),
                )
              }
            />
          )
        })}
      </div>
      {held.length === 1 && <p className={styles['muted']}>{words.one}</p>}
      {failure !== undefined && (
        <p className={styles['failure']} role="alert">
          {failure}
        </p>
      )}
    </Card>
  )
}
