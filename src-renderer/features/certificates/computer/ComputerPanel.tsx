import { useState } from 'react'
import { Globe, KeyRound, Undo2, X } from 'lucide-react'
import type { TrustView } from '../../../../src-preload/contract/model.ts'
import { useServices, useSlice, useWindow } from '../../../state/window-context.ts'
import type { TrustRemoval } from '../../../state/window-store.ts'
import { text } from '../../../text/catalogue.ts'
import { problemText } from '../../../text/problems.ts'
import { Card } from '../../../ui/Card.tsx'
import { IconButton } from '../../../ui/IconButton.tsx'
import { Notice } from '../../../ui/Notice.tsx'
import { Panel } from '../../../ui/Panel.tsx'
import { Skeleton } from '../../../ui/Skeleton.tsx'
import { AuthorityCard } from './AuthorityCard.tsx'
import { EnableTrustButton, EnableTrustDialog } from './EnableTrust.tsx'
import { ProxyCard } from './ProxyCard.tsx'
import { removalReport } from './removal-report.ts'
import { TargetsCard } from './TargetsCard.tsx'
import { TryCard } from './TryCard.tsx'
import { TrustStatus } from './TrustStatus.tsx'
import styles from './ComputerPanel.module.css'
import shared from '../Certificates.module.css'

const words = text.trust

/** HTTPS trust of this computer: what it is, and once it is on, everything that belongs to it. */
export function ComputerPanel() {
  const trust = useSlice('trust')
  const removal = useWindow((state) => state.trustRemoval)
  const [isEnabling, setEnabling] = useState(false)
  return (
    <>
      <div aria-live="polite" hidden={removal === undefined}>
        {removal !== undefined && trust !== undefined && <Removal removal={removal} now={trust} />}
      </div>
      {trust === undefined ? (
        <Panel>
          <Skeleton lines={6} />
        </Panel>
      ) : trust.authority === undefined ? (
        <Intro onEnable={() => setEnabling(true)} />
      ) : (
        <>
          <TrustStatus trust={trust} />
          <TargetsCard targets={trust.targets} />
          <ProxyCard trust={trust} />
          <TryCard trust={trust} />
          <AuthorityCard trust={trust} authority={trust.authority} />
        </>
      )}
      {isEnabling && <EnableTrustDialog onClose={() => setEnabling(false)} />}
    </>
  )
}

const points = [
  ['scope', Globe],
  ['key', KeyRound],
  ['undo', Undo2],
] as const

function Intro({ onEnable }: { readonly onEnable: () => void }) {
  const { intro } = words
  return (
    <Card title={intro.title} subtitle={intro.text}>
      <ul className={styles['points']}>
        {points.map(([point, Icon]) => (
          <li key={point} className={styles['point']}>
            <span className={styles['icon']}>
              <Icon aria-hidden="true" />
            </span>
            <div>
              <h3 className={styles['pointTitle']}>{intro.points[point].title}</h3>
              <p className={shared['muted']}>{intro.points[point].text}</p>
            </div>
          </li>
        ))}
      </ul>
      <EnableTrustButton isLarge onClick={onEnable} />
    </Card>
  )
}

interface RemovalProps {
  readonly removal: TrustRemoval
  /** Where the removal failed, what is left is what there is now. */
  readonly now: TrustView
}

/** What switching off took away and what it could not; stays until it was read. */
function Removal({ removal: { before, after, problem }, now }: RemovalProps) {
  const { store } = useServices()
  const { disable } = words
  const { removed, left } = removalReport(before, after ?? now)
  const isClean = left.length === 0
  const why = problem && problemText(problem)
  return (
    <Notice
      tone={isClean ? 'ok' : 'warning'}
      title={isClean ? disable.removedTitle : disable.leftTitle}
      testId="trust-removal"
      actions={
        <IconButton
          icon={X}
          label={disable.dismiss}
          onClick={() => store.setState({ trustRemoval: undefined })}
        />
      }
    >
      {left.length > 0 && (
        <>
          {why !== undefined && (
            <p>
              {why.title} {why.hint}
            </p>
          )}
          <Items items={left} />
          {why?.hint === undefined && <p>{disable.leftHint}</p>}
          {removed.length > 0 && <p className={styles['heading']}>{disable.removedTitle}</p>}
        </>
      )}
      <Items items={removed} />
      {removed.length > 0 && <p>{disable.restart}</p>}
    </Notice>
  )
}

function Items({ items }: { readonly items: readonly string[] }) {
  return (
    <ul className={styles['items']}>
      {items.map((item) => (
        <li key={item}>{item}</li>
      ))}
    </ul>
  )
}
