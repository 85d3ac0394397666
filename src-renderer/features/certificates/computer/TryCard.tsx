import { AppWindow } from 'lucide-react'
import type { TrustTargetView, TrustView } from '../../../../src-preload/contract/model.ts'
import { useServices, useSlice } from '../../../state/window-context.ts'
import { text } from '../../../text/catalogue.ts'
import { shortName } from '../../../text/format.ts'
import { StateDot } from '../../../ui/Badge.tsx'
import { Button } from '../../../ui/Button.tsx'
import { Card } from '../../../ui/Card.tsx'
import { CopyLine } from '../../../ui/CopyLine.tsx'
import { testDomain } from './test-address.ts'
import { missingFor } from './trust-state.ts'
import styles from './ComputerPanel.module.css'

const words = text.trust.test

/** Which step each browser still lacks, and addresses that show whether it works. */
export function TryCard({ trust }: { readonly trust: TrustView }) {
  const domain = testDomain(useSlice('certificates') ?? [], useSlice('ownCertificates') ?? [])
  const browsers = trust.targets.filter(({ kind }) => kind !== 'system')
  const hasStore = trust.targets.some(
    ({ kind, state }) => kind === 'system' && state === 'installed',
  )
  return (
    <Card title={words.title} subtitle={words.subtitle}>
      <ul className={styles['list']}>
        {browsers.map((target) => (
          <Readiness key={target.id} target={target} trust={trust} />
        ))}
      </ul>
      <ol className={styles['tests']}>
        <li>
          <CopyLine value={trust.proxy.pacUrl} what={words.what.pac} />
          <p className={styles['rowText']}>{words.first}</p>
        </li>
        {domain === undefined ? (
          <li className={styles['rowText']}>{words.noServer}</li>
        ) : (
          <Server domain={domain} port={trust.proxy.port} hasStore={hasStore} />
        )}
      </ol>
    </Card>
  )
}

interface ReadinessProps {
  readonly target: TrustTargetView
  readonly trust: TrustView
}

function Readiness({ target, trust }: ReadinessProps) {
  const missing = missingFor(target, trust)
  return (
    <li className={styles['row']} data-testid="browser-readiness">
      <span className={styles['rowTitle']}>{target.title}</span>
      <span className={styles['missing']}>
        <StateDot tone={missing.length === 0 ? 'ok' : 'neutral'}>
          {missing.length === 0 ? words.ready : words.missing(missing)}
        </StateDot>
      </span>
    </li>
  )
}

interface ServerProps {
  readonly domain: string
  readonly port: number
  /** Whether curl and others trust the authority. */
  readonly hasStore: boolean
}

function Server({ domain, port, hasStore }: ServerProps) {
  const { api } = useServices()
  const address = `https://${domain}/`
  const command = (name: string): string => `curl --proxy http://127.0.0.1:${port} https://${name}/`
  return (
    <>
      <li>
        <CopyLine value={address} what={words.what.server} shown={shortName(address)} />
        <p className={styles['rowText']}>{words.second}</p>
      </li>
      {hasStore && (
        <li>
          <CopyLine
            value={command(domain)}
            what={words.what.command}
            shown={command(shortName(domain))}
          />
          <p className={styles['rowText']}>{words.command}</p>
        </li>
      )}
      <li>
        <Button
          icon={AppWindow}
          className={styles['longLabel']}
          data-testid="open-nostr-window"
          onClick={() => void api.shell.openNostrWindow(address)}
        >
          {words.window}
        </Button>
        <p className={styles['rowText']}>{words.windowHint}</p>
      </li>
    </>
  )
}
