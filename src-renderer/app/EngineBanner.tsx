import { useEffect, useState } from 'react'
import type { Problem } from '../../src-main/env/errors.ts'
import type { EngineProcessState } from '../../src-preload/contract/replies.ts'
import { useServices, useWindow } from '../state/window-context.ts'
import { text } from '../text/catalogue.ts'
import { problemText } from '../text/problems.ts'
import { Button } from '../ui/Button.tsx'
import { Notice } from '../ui/Notice.tsx'
import styles from './App.module.css'

/** Says that what is shown is not live: the engine starts again, has stopped, or does not answer. */
export function EngineBanner() {
  const engine = useWindow((state) => state.engine)
  const problem = useWindow((state) => state.syncProblem)
  const hasSnapshot = useWindow((state) => state.snapshot !== undefined)
  const { api, refresh } = useServices()
  const reason = useFailure(engine)

  if (engine === 'running' || (engine === 'starting' && !hasSnapshot)) {
    if (problem === undefined) return null
    const { title } = problemText(problem)
    return (
      <div className={styles['banner']}>
        <Notice
          tone="warning"
          title={text.shell.sync.title}
          actions={<Button onClick={refresh}>{text.shell.tryAgain}</Button>}
          isLive
          testId="engine-banner"
        >
          {title} {text.shell.sync.retrying}
        </Notice>
      </div>
    )
  }

  const { title, detail } = text.shell.engine[engine]
  const why = reason === undefined ? { title: detail } : problemText(reason)
  const isOver = engine === 'failed' || engine === 'stopped'
  return (
    <div className={styles['banner']}>
      <Notice
        tone={isOver ? 'danger' : 'warning'}
        title={title}
        isLive
        testId="engine-banner"
        actions={
          isOver && (
            <>
              <Button variant="quiet" onClick={() => void api.shell.openDocs()}>
                {text.shell.openDocs}
              </Button>
              <Button onClick={() => void api.shell.quit()}>{text.shell.quit}</Button>
            </>
          )
        }
      >
        {why.title} {why.hint} {hasSnapshot && text.shell.stale}
      </Notice>
    </div>
  )
}

/** Why the engine failed, once that has been asked. */
function useFailure(engine: EngineProcessState): Problem | undefined {
  const { api } = useServices()
  const [problem, setProblem] = useState<Problem>()
  const isFailed = engine === 'failed'
  useEffect(() => {
    if (!isFailed) return undefined
    let isWanted = true
    void api.engineProblem().then((found) => {
      if (isWanted) setProblem(found)
    })
    return () => {
      isWanted = false
      setProblem(undefined)
    }
  }, [api, isFailed])
  return problem
}
