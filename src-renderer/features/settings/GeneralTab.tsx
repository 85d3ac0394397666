import { BookOpen } from 'lucide-react'
import { useServices, useWindow } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { SelectField } from '../../ui/Field.tsx'
import { SavedMark } from './SavedMark.tsx'
import { SettingSwitch } from './SettingFields.tsx'
import { useChoice } from './use-setting.ts'
import styles from './Settings.module.css'

const words = text.settings.general
const themes = ['system', 'light', 'dark'] as const

export function GeneralTab() {
  const { api } = useServices()
  const version = useWindow((state) => state.snapshot?.version)
  return (
    <>
      <Card title={words.title}>
        <Theme />
      </Card>
      <Card title={words.startTitle}>
        <div className={styles['fields']}>
          <SettingSwitch
            path="ui.openAtLogin"
            label={words.openAtLogin}
            hint={words.openAtLoginHint}
          />
          <SettingSwitch
            path="ui.startHidden"
            label={words.startHidden}
            hint={words.startHiddenHint}
          />
        </div>
      </Card>
      <Card
        title={words.aboutTitle}
        actions={
          <Button icon={BookOpen} onClick={() => void api.shell.openDocs()}>
            {text.shell.openDocs}
          </Button>
        }
      >
        {version !== undefined && <p className={styles['muted']}>{words.about(version)}</p>}
      </Card>
    </>
  )
}

function Theme() {
  const { value, failure, choose, ...saving } = useChoice('ui.theme')
  return (
    <div className={styles['short']}>
      <SelectField
        label={words.theme}
        hint={failure}
        value={value ?? 'system'}
        disabled={value === undefined}
        data-testid="setting-ui.theme"
        options={themes.map((theme) => ({ value: theme, label: words.themes[theme] }))}
        onChange={(chosen) => {
          const theme = themes.find((known) => known === chosen)
          if (theme !== undefined) void choose(theme)
        }}
      />
      <div className={styles['commit']}>
        <SavedMark saving={saving} />
      </div>
    </div>
  )
}
