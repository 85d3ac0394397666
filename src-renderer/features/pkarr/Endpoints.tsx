import { useState } from 'react'
import type { Result } from '../../../src-main/env/errors.ts'
import type { PkarrEndpointView } from '../../../src-preload/contract/pkarr-model.ts'
import { usePending, useServices } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { endpoint, shortKey, shortName } from '../../text/format.ts'
import { Button } from '../../ui/Button.tsx'
import { ProblemNotice } from '../../ui/Notice.tsx'
import styles from './Zone.module.css'

const words = text.pkarr.detail

/** The services a key leads to; looked for when asked, because that may take other look-ups. */
export function Endpoints({ zoneKey: name }: { readonly zoneKey: string }) {
  const pendingKey = `pkarr.endpoints ${name}`
  const [found, setFound] = useState<Result<readonly PkarrEndpointView[]>>()
  const isPending = usePending(pendingKey)
  const { calls } = useServices()

  const find = async (): Promise<void> => {
    const result = await calls.call('pkarr.endpoints', { name }, pendingKey)
    const isNone = !result.ok && result.error.code === 'pkarr.endpoints-not-found'
    setFound(isNone ? { ok: true, value: [] } : result)
  }

  return (
    <>
      <h3 className={styles['section']}>{words.endpointsTitle}</h3>
      <div aria-live="polite">
        {found === undefined ? (
          <p className={styles['muted']}>{words.endpointsText}</p>
        ) : !found.ok ? (
          <ProblemNotice problem={found.error} />
        ) : found.value.length === 0 ? (
          <p className={styles['muted']}>{words.noEndpoints}</p>
        ) : (
          <ul className={styles['endpoints']}>
            {found.value.map(({ target, port, addresses, key }) => (
              <li key={`${target} ${port}`} data-testid="endpoint">
                <code title={target}>{`${shortName(target)}:${port}`}</code>
                <p className={styles['muted']}>
                  {addresses.map((address) => endpoint(address, port)).join(', ')}
                </p>
                {key !== undefined && (
                  <p className={styles['muted']} title={key}>
                    {words.endpointKey(shortKey(key))}
                  </p>
                )}
              </li>
            ))}
          </ul>
        )}
      </div>
      <p className={styles['after']}>
        <Button isPending={isPending} onClick={() => void find()}>
          {words.findEndpoints}
        </Button>
      </p>
    </>
  )
}
