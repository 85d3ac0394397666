import type { ListenerStatus } from '../../../src-preload/contract/model.ts'
import { useSlice } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { endpoint } from '../../text/format.ts'
import { StateDot } from '../../ui/Badge.tsx'
import { Card } from '../../ui/Card.tsx'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import styles from './Overview.module.css'

const words = text.overview.listeners
const tones = { listening: 'ok', off: 'neutral', failed: 'danger' } as const

export function ListenersCard() {
  const resolver = useSlice('resolver')
  return (
    <Card title={words.title}>
      {resolver === undefined ? (
        <Skeleton lines={4} />
      ) : resolver.listeners.length === 0 ? (
        <p className={styles['muted']}>{words.empty}</p>
      ) : (
        <ul className={styles['cells']}>
          {resolver.listeners.map((listener) => (
            <Listener key={listener.id} listener={listener} />
          ))}
        </ul>
      )}
    </Card>
  )
}

function Listener({ listener }: { readonly listener: ListenerStatus }) {
  const { id, state, addresses, port, wantedPort, problem, engine, protocols } = listener
  const scheme = id === 'doh' ? (protocols.includes('https') ? 'https://' : 'http://') : ''
  const path = id === 'doh' ? '/dns-query' : ''
  return (
    <li className={styles['cell']} data-testid={`listener-${id}`}>
      <div className={styles['rowHead']}>
        <span className={styles['rowTitle']}>{words.names[id]}</span>
        <StateDot tone={tones[state]}>{words.state[state]}</StateDot>
      </div>
      <p className={styles['muted']}>
        {words.purpose[id]} {words.protocols(protocols)}
      </p>
      {state === 'listening' && (
        <ul className={styles['endpoints']}>
          {addresses.map((address) => {
            const base = scheme + endpoint(address, port)
            return (
              <li key={address}>
                <code>
                  <span>{base}</span>
                  <wbr />
                  <span>{path}</span>
                </code>
                <CopyButton text={base + path} what={base + path} />
              </li>
            )
          })}
        </ul>
      )}
      {state === 'listening' && port !== wantedPort && (
        <p className={styles['warning']}>{words.wanted(wantedPort, port)}</p>
      )}
      {problem !== undefined && (
        <p className={state === 'failed' ? styles['danger'] : styles['warning']}>{problem}</p>
      )}
      {state === 'listening' && engine !== undefined && (
        <p className={styles['faint']}>{words.engine[engine]}</p>
      )}
    </li>
  )
}
