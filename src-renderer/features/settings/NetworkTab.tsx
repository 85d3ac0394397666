import type { MdnsView } from '../../../src-preload/contract/system-model.ts'
import { useSlice } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { shortName } from '../../text/format.ts'
import { StateDot } from '../../ui/Badge.tsx'
import { Card } from '../../ui/Card.tsx'
import { CopyLine } from '../../ui/CopyLine.tsx'
import { Fact, Facts } from '../../ui/Facts.tsx'
import { ProblemNotice } from '../../ui/Notice.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { SettingSwitch } from './SettingFields.tsx'
import styles from './Settings.module.css'

const words = text.settings.network
const stateTones = { off: 'neutral', running: 'ok', failed: 'danger' } as const
const nameTones = { probing: 'accent', announced: 'ok', conflict: 'warning' } as const

export function NetworkTab() {
  const mdns = useSlice('mdns')
  return (
    <>
      <Card title={words.title}>
        <div className={styles['fields']}>
          <SettingSwitch path="mdns.enabled" label={words.enabled} hint={words.enabledHint} />
          <SettingSwitch
            path="mdns.answerForOthers"
            label={words.answerForOthers}
            hint={words.answerForOthersHint}
          />
        </div>
      </Card>
      <Card
        title={words.stateTitle}
        actions={
          mdns !== undefined && (
            <StateDot tone={stateTones[mdns.state]}>{words.states[mdns.state]}</StateDot>
          )
        }
      >
        {mdns === undefined ? <Skeleton lines={3} /> : <Responder mdns={mdns} />}
      </Card>
    </>
  )
}

/** On which networks which names are said, and which are disputed. */
function Responder({ mdns: { state, problem, interfaces, names } }: { readonly mdns: MdnsView }) {
  return (
    <div className={styles['fields']} data-testid="mdns-state">
      {problem !== undefined && <ProblemNotice problem={problem} />}
      <Facts>
        <Fact term={words.interfaces}>
          {interfaces.length === 0 ? (
            state === 'off' ? (
              text.shell.unknown
            ) : (
              words.noInterfaces
            )
          ) : (
            <ul>
              {interfaces.map(({ name, addresses }) => (
                <li key={name}>
                  {name}: <code>{addresses.join(', ')}</code>
                </li>
              ))}
            </ul>
          )}
        </Fact>
        <Fact term={words.names}>
          {names.length === 0 ? (
            state === 'off' ? (
              text.shell.unknown
            ) : (
              words.noNames
            )
          ) : (
            <ul className={styles['names']}>
              {names.map((name) => (
                <li key={name.name} data-testid="mdns-name">
                  <CopyLine value={name.name} what={words.what} shown={shortName(name.name)} />
                  <StateDot tone={nameTones[name.state]}>{words.nameStates[name.state]}</StateDot>
                  {name.state === 'conflict' && (
                    <p className={styles['muted']}>{name.detail ?? words.conflictHint}</p>
                  )}
                </li>
              ))}
            </ul>
          )}
        </Fact>
      </Facts>
    </div>
  )
}
