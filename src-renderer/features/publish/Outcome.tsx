import type { Result } from '../../../src-main/env/errors.ts'
import type { PublishReport } from '../../../src-preload/contract/model.ts'
import { ProblemNotice } from '../../ui/Notice.tsx'
import { PublishResult } from './PublishResult.tsx'

interface OutcomeProps {
  readonly isRunning: boolean
  /** What relays have said so far, while it runs. */
  readonly progress: PublishReport | undefined
  /** How it ended. */
  readonly result: Result<PublishReport> | undefined
}

/** A publication from its start to its end; nothing before the first. */
export function Outcome({ isRunning, progress, result }: OutcomeProps) {
  return (
    <div aria-live="polite">
      {isRunning ? (
        <PublishResult report={progress} isRunning />
      ) : (
        result !== undefined &&
        (result.ok ? (
          <PublishResult report={result.value} isRunning={false} />
        ) : (
          <ProblemNotice problem={result.error} />
        ))
      )}
    </div>
  )
}
