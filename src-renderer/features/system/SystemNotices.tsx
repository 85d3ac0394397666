import type { SystemView } from '../../../src-preload/contract/system-model.ts'
import { text } from '../../text/catalogue.ts'
import { problemText } from '../../text/problems.ts'
import { CodeBlock } from '../../ui/CodeBlock.tsx'
import { Notice } from '../../ui/Notice.tsx'
import styles from './System.module.css'

const words = text.system.attempts

interface SystemNoticesProps {
  readonly view: SystemView
  readonly isChanging: boolean
}

/** Why it is not as it should be, and how the last attempt ended. Nothing while another one runs. */
export function SystemNotices({ view, isChanging }: SystemNoticesProps) {
  const { lastAttempt } = view
  // The state and its button say this one already.
  const reason = view.reason?.code === 'system.switched-off' ? undefined : view.reason
  if (isChanging || (reason === undefined && lastAttempt === undefined)) return null
  return (
    <div className={styles['notices']} aria-live="polite">
      {reason !== undefined && <Reason view={view} reason={reason} />}
      {lastAttempt !== undefined && <LastAttempt attempt={lastAttempt} />}
    </div>
  )
}

type Reason = NonNullable<SystemView['reason']>

function Reason({ view, reason }: { readonly view: SystemView; readonly reason: Reason }) {
  const { title, hint } = problemText(reason)
  return (
    <Notice
      tone={view.state === 'unsupported' ? 'neutral' : 'warning'}
      title={title}
      testId="system-reason"
    >
      {hint}
    </Notice>
  )
}

type Attempt = NonNullable<SystemView['lastAttempt']>

function LastAttempt({ attempt }: { readonly attempt: Attempt }) {
  const { verb, outcome, problem, command } = attempt
  const { title, hint } = problemText(problem)
  return (
    <Notice
      tone={outcome === 'failed' ? 'danger' : 'neutral'}
      title={words[outcome][verb]}
      testId="system-attempt"
    >
      {/* A closed prompt needs no reason: the title says it all. */}
      {outcome !== 'cancelled' && (
        <p>
          {title} {hint}
        </p>
      )}
      {command !== undefined && (
        <div className={styles['command']}>
          <p>{outcome === 'cancelled' ? words.again : words.inTerminal}</p>
          <CodeBlock label={words.command} copyWhat={words.command}>
            {command}
          </CodeBlock>
        </div>
      )}
    </Notice>
  )
}
