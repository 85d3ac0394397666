import { Check, X } from 'lucide-react'
import type { CheckReport } from '../../../../src-preload/contract/model.ts'
import { text } from '../../../text/catalogue.ts'
import { shortData } from '../../../text/format.ts'
import { StateDot } from '../../../ui/Badge.tsx'
import { classNames } from '../../../ui/class-names.ts'
import { serverName, stateTones } from './certificate-list.ts'
import styles from './CheckSteps.module.css'

const words = text.certificates.check
const stepNames: Readonly<Record<string, string>> = words.stepNames

/** What a check found in one sentence, and each step on the way there. */
export function CheckSteps({ report }: { readonly report: CheckReport }) {
  return (
    <div className={styles['report']}>
      <p className={styles['verdict']}>
        <StateDot tone={stateTones[report.state]}>
          <strong>{words.verdicts[report.state]}</strong>
        </StateDot>{' '}
        <span className={styles['server']}>{serverName(report)}</span>
      </p>
      <ol className={styles['steps']} aria-label={words.steps}>
        {report.steps.map(({ step, ok, detail }, index) => {
          const Icon = ok ? Check : X
          return (
            // A step may be taken twice: once for each port that is tried.
            <li key={`${index} ${step}`} className={styles['step']}>
              <span className={classNames(styles['mark'], ok ? styles['ok'] : styles['failed'])}>
                <Icon aria-hidden="true" />
                <span className="visually-hidden">{ok ? words.passed : words.failed}: </span>
              </span>
              <span>
                <span className={styles['name']}>{stepNames[step] ?? step}</span>
                <span className={styles['detail']} title={detail}>
                  {shortData(detail)}
                </span>
              </span>
            </li>
          )
        })}
      </ol>
    </div>
  )
}
