import type { TrustView } from '../../../../src-preload/contract/model.ts'
import { usePending, useServices } from '../../../state/window-context.ts'
import { text } from '../../../text/catalogue.ts'
import { StateDot } from '../../../ui/Badge.tsx'
import { Button } from '../../../ui/Button.tsx'
import { Card } from '../../../ui/Card.tsx'
import { CodeBlock } from '../../../ui/CodeBlock.tsx'
import { CopyLine } from '../../../ui/CopyLine.tsx'
import styles from './ComputerPanel.module.css'

const words = text.trust.proxy
const proxyTones = { listening: 'ok', off: 'neutral', failed: 'danger' } as const
const settingTones = {
  ours: 'ok',
  none: 'neutral',
  other: 'warning',
  unsupported: 'neutral',
} as const

/** The local proxy, and the system's setting that leads browsers to it. */
export function ProxyCard({ trust: { proxy, systemProxy } }: { readonly trust: TrustView }) {
  return (
    <Card title={words.title} subtitle={words.subtitle}>
      <ul className={styles['list']}>
        <li className={styles['row']} data-testid="local-proxy">
          <div>
            <p className={styles['rowHead']}>
              <span className={styles['rowTitle']}>{words.local}</span>
              <StateDot tone={proxyTones[proxy.state]}>{words.states[proxy.state]}</StateDot>
            </p>
            <p className={styles['rowText']}>
              {proxy.problem ??
                (proxy.state === 'listening'
                  ? `127.0.0.1:${proxy.port} · ${words.connections(proxy.connections)}`
                  : text.trust.states.proxyOff)}
            </p>
          </div>
          {proxy.pacUrl !== '' && (
            <div className={styles['block']}>
              <p className={styles['rowText']}>{words.pac}</p>
              <CopyLine value={proxy.pacUrl} what={text.trust.test.what.pac} />
            </div>
          )}
        </li>
        <SystemProxy systemProxy={systemProxy} />
      </ul>
    </Card>
  )
}

function SystemProxy({ systemProxy }: { readonly systemProxy: TrustView['systemProxy'] }) {
  const { state, detail, merge } = systemProxy
  const isPending = usePending('trust.setSystemProxy')
  const { api, calls, toasts } = useServices()

  const set = async (enabled: boolean): Promise<void> => {
    const result = await calls.call('trust.setSystemProxy', { enabled })
    if (!result.ok) {
      toasts.showProblem(result.error)
      return
    }
    const isAsAsked = (result.value.systemProxy.state === 'ours') === enabled
    if (!isAsAsked) {
      toasts.show({ tone: 'warning', title: words.notSet })
      return
    }
    toasts.show(
      enabled
        ? { tone: 'ok', title: words.wasSet }
        : {
            tone: 'info',
            title: words.wasUnset,
            action: { label: text.shell.undo, run: () => void set(true) },
          },
    )
  }
  const copyMerge = async (lines: string): Promise<void> => {
    await api.shell.copyText(lines)
    toasts.show({ tone: 'ok', title: text.shell.copied })
  }

  return (
    <li className={styles['row']} data-testid="system-proxy" data-state={state}>
      <div>
        <p className={styles['rowHead']}>
          <span className={styles['rowTitle']}>{words.setting}</span>
          <StateDot tone={settingTones[state]}>{words.settingStates[state]}</StateDot>
        </p>
        <p className={styles['rowText']}>{words.settingLines[state]}</p>
        {detail !== undefined && (
          <p className={styles['rowText']}>
            {state === 'other' ? `${words.current}: ${detail}` : detail}
          </p>
        )}
      </div>
      <div className={styles['rowButtons']}>
        {state === 'none' && (
          <Button variant="primary" isPending={isPending} onClick={() => void set(true)}>
            {words.set}
          </Button>
        )}
        {state === 'ours' && (
          <Button variant="quiet" isPending={isPending} onClick={() => void set(false)}>
            {words.unset}
          </Button>
        )}
      </div>
      {state === 'other' && merge !== undefined && (
        <div className={styles['block']}>
          <p className={styles['hint']}>{words.merge}</p>
          <CodeBlock label={words.mergeLabel}>{merge}</CodeBlock>
          <Button onClick={() => void copyMerge(merge)}>{words.copyMerge}</Button>
          <p className={styles['rowText']}>{words.byHand}</p>
        </div>
      )}
    </li>
  )
}
