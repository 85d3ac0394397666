import type { ExplainStep, ResolveReport } from '../../../src-preload/contract/model.ts'
import { text } from '../../text/catalogue.ts'
import { formatLatency, shortName } from '../../text/format.ts'
import { StateDot, type Tone } from '../../ui/Badge.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { RecordsTable } from '../records/RecordsTable.tsx'
import { TrustList } from './TrustList.tsx'
import styles from './LookupResult.module.css'

const words = text.names.lookup

/** A DNS answer in a sentence, its records, and each step with why it may be believed. */
export function LookupResult({ report }: { readonly report: ResolveReport }) {
  const { tone, sentence } = verdict(report)
  return (
    <div className={styles['result']}>
      <p className={styles['verdict']}>
        <StateDot tone={tone}>
          <strong>{sentence}</strong>
        </StateDot>
        <span className={styles['took']}>
          {report.rcode} {words.took(formatLatency(report.elapsedMs))}
        </span>
      </p>
      {report.ede !== undefined && (
        <p className={styles['ede']}>
          {report.ede.text} (EDE {report.ede.code})
        </p>
      )}
      {report.withheld !== undefined && report.withheld.length > 0 && (
        <Notice tone="warning" title={words.withheld(report.withheld)} testId="withheld">
          {words.withheldHint}
        </Notice>
      )}
      {report.answers.length > 0 && <RecordsTable records={report.answers} />}
      {report.steps.length > 0 && (
        <>
          <h2 className={styles['heading']}>{words.stepsTitle}</h2>
          <ol className={styles['steps']}>
            {report.steps.map((step) => (
              <li key={`${step.name} ${step.type} ${step.kind}`}>
                <Step step={step} />
              </li>
            ))}
          </ol>
        </>
      )}
    </div>
  )
}

function Step({ step }: { readonly step: ExplainStep }) {
  return (
    <>
      <p>
        <code title={step.name}>{shortName(step.name)}</code> {text.names.steps[step.kind]}
        {step.system !== undefined && <span className={styles['system']}> · {step.system}</span>}
      </p>
      <TrustList
        facts={{
          verifiedBy: step.verifiedBy,
          signer: step.signer,
          signedAt: step.signedAt,
          validUntil: step.validUntil,
          format: step.format,
          eventIds: step.eventIds,
          sources: step.sources,
          notes: step.notes,
        }}
      />
    </>
  )
}

function verdict({ rcode, answers, type }: ResolveReport): {
  readonly tone: Tone
  readonly sentence: string
} {
  switch (rcode) {
    case 'NOERROR':
      return answers.length > 0
        ? { tone: 'ok', sentence: words.found(answers.length) }
        : { tone: 'neutral', sentence: words.noData(type) }
    case 'NXDOMAIN':
      return { tone: 'neutral', sentence: words.nxdomain }
    case 'SERVFAIL':
      return { tone: 'danger', sentence: words.servfail }
    case 'REFUSED':
      return { tone: 'warning', sentence: words.refused }
    default:
      return { tone: 'warning', sentence: words.otherCode(rcode) }
  }
}
