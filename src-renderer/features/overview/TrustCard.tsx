import { useOpenCertificates, useSlice } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { StateDot } from '../../ui/Badge.tsx'
import { Button } from '../../ui/Button.tsx'
import { Card } from '../../ui/Card.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { useNow } from '../../ui/use-now.ts'
import { trustState } from '../certificates/computer/trust-state.ts'
import { mismatches } from '../certificates/servers/certificate-list.ts'
import styles from './TrustCard.module.css'

const words = text.trust
const tones = { on: 'ok', setup: 'accent', problem: 'danger', off: 'neutral' } as const

/** Whether browsers can open https under .nostr, in a line, and whether a server was a wrong one. */
export function TrustCard() {
  const trust = useSlice('trust')
  const wrong = mismatches(useSlice('certificates') ?? []).length
  const nowMs = useNow(60_000)
  const open = useOpenCertificates()
  const state = trust && trustState(trust, nowMs)
  return (
    <Card
      title={words.title}
      actions={
        state !== undefined && (
          <Button data-testid="overview-trust" onClick={() => open('computer')}>
            {state.level === 'off' || state.level === 'setup' ? words.open : words.manage}
          </Button>
        )
      }
    >
      {state === undefined ? (
        <Skeleton lines={2} />
      ) : (
        <p className={styles['line']}>
          <StateDot tone={tones[state.level]}>
            <strong>{state.title}</strong>
          </StateDot>
          <span className={styles['words']}>{state.line}</span>
        </p>
      )}
      {wrong > 0 && (
        <p className={styles['wrong']}>
          {words.mismatches(wrong)}
          <Button variant="quiet" onClick={() => open('servers')}>
            {words.showServers}
          </Button>
        </p>
      )}
    </Card>
  )
}
