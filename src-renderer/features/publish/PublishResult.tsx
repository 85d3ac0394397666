import { CircleAlert, CircleCheck, Clock, LoaderCircle, TriangleAlert } from 'lucide-react'
import type { PublishReport } from '../../../src-preload/contract/model.ts'
import { text } from '../../text/catalogue.ts'
import { formatLatency, relayHost } from '../../text/format.ts'
import { problemText } from '../../text/problems.ts'
import { Badge } from '../../ui/Badge.tsx'
import { Chip, Chips } from '../../ui/Chips.tsx'
import { RelativeTime } from '../../ui/RelativeTime.tsx'
import { relaysThatTook } from './host-state.ts'
import styles from './PublishResult.module.css'

const words = text.publish.result
type Copy = PublishReport['copies'][number]
type Outcome = Copy['relays'][number]

const heads = {
  published: { Icon: CircleCheck, tone: 'ok' },
  partial: { Icon: TriangleAlert, tone: 'warning' },
  queued: { Icon: Clock, tone: 'warning' },
  failed: { Icon: CircleAlert, tone: 'danger' },
} as const
const copyTones = {
  published: 'ok',
  queued: 'warning',
  skipped: 'neutral',
  guarded: 'warning',
  failed: 'danger',
} as const
const outcomeTones = {
  ok: 'ok',
  refused: 'danger',
  timeout: 'warning',
  unreachable: 'warning',
} as const

interface PublishResultProps {
  /** The newest report; undefined while nothing is known yet. */
  readonly report: PublishReport | undefined
  readonly isRunning: boolean
}

/** What each relay said of each event of a publication, while it runs and afterwards. */
export function PublishResult({ report, isRunning }: PublishResultProps) {
  return (
    <div
      className={styles['result']}
      data-testid="publish-result"
      data-state={isRunning ? 'running' : report?.state}
    >
      {isRunning || report === undefined ? (
        <p className={styles['head']}>
          <LoaderCircle className={styles['spinner']} aria-hidden="true" />
          <strong>{words.running}</strong>
        </p>
      ) : (
        <Head report={report} />
      )}
      {report === undefined || report.copies.length === 0 ? (
        isRunning && <p className={styles['muted']}>{words.waiting}</p>
      ) : (
        <ul className={styles['copies']}>
          {report.copies.map((copy) => (
            <CopyItem key={copy.format} copy={copy} isRunning={isRunning} />
          ))}
        </ul>
      )}
    </div>
  )
}

function Head({ report }: { readonly report: PublishReport }) {
  const { Icon, tone } = heads[report.state]
  const sentence =
    report.state === 'published'
      ? words.states.published(relaysThatTook(report))
      : words.states[report.state]
  const problem = report.problem && problemText(report.problem)
  return (
    <div>
      <p className={styles['head']}>
        <Icon className={styles[tone]} aria-hidden="true" />
        <strong>{sentence}</strong>
        <span className={styles['muted']}>
          <RelativeTime atMs={report.atMs} />
        </span>
      </p>
      <p className={styles['detail']}>
        {problem === undefined
          ? words.details[report.state]
          : `${problem.title} ${problem.hint ?? ''}`}
      </p>
    </div>
  )
}

function CopyItem({ copy, isRunning }: { readonly copy: Copy; readonly isRunning: boolean }) {
  const problem = copy.problem && problemText(copy.problem)
  return (
    <li className={styles['copy']}>
      <p className={styles['copyHead']}>
        <span className={styles['copyName']} title={words.copyHints[copy.format]}>
          {words.copies[copy.format]}
        </span>
        <Badge tone={copyTones[copy.state]}>{words.copyStates[copy.state]}</Badge>
        <span className={styles['kind']} title={copy.eventId}>
          kind {copy.kind}
        </span>
      </p>
      {(copy.state === 'guarded' || problem !== undefined) && (
        <p className={styles['muted']}>
          {problem === undefined ? words.guarded : `${problem.title} ${problem.hint ?? ''}`}
        </p>
      )}
      {(copy.relays.length > 0 || (isRunning && copy.state === 'queued')) && (
        <Chips>
          {copy.relays.map((outcome) => (
            <RelayChip key={outcome.url} outcome={outcome} />
          ))}
          {isRunning && copy.state === 'queued' && (
            <li className={styles['muted']}>{words.waiting}</li>
          )}
        </Chips>
      )}
    </li>
  )
}

function RelayChip({
  outcome: { url, outcome, detail, elapsedMs },
}: {
  readonly outcome: Outcome
}) {
  return (
    <Chip
      who={relayHost(url)}
      what={
        outcome === 'refused' && detail !== undefined
          ? `${words.outcomes.refused}: ${detail}`
          : words.outcomes[outcome]
      }
      tone={outcomeTones[outcome]}
      title={`${url}\n${detail ?? formatLatency(elapsedMs)}`}
      testId="publish-relay"
    />
  )
}
