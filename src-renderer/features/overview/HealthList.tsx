import type { HealthItem } from '../../../src-preload/contract/model.ts'
import { useSlice } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { problemText } from '../../text/problems.ts'
import { Notice } from '../../ui/Notice.tsx'
import { RelativeTime } from '../../ui/RelativeTime.tsx'
import styles from './Overview.module.css'

const tones = { error: 'danger', warning: 'warning', info: 'info' } as const

/** Conditions the user can act on; nothing at all when there are none. */
export function HealthList() {
  const health = useSlice('health') ?? []
  return (
    <section
      aria-label={text.overview.health.title}
      aria-live="polite"
      hidden={health.length === 0}
    >
      <ul className={styles['health']}>
        {health.map((item) => (
          <li key={`${item.code} ${item.message}`}>
            <HealthNotice item={item} />
          </li>
        ))}
      </ul>
    </section>
  )
}

function HealthNotice({ item }: { readonly item: HealthItem }) {
  const { title, hint } = problemText(item)
  return (
    <Notice
      tone={tones[item.severity]}
      title={
        <>
          <span className="visually-hidden">{text.overview.health.severity[item.severity]}: </span>
          {title}
        </>
      }
      actions={
        <span className={styles['since']}>
          <RelativeTime atMs={item.sinceMs} />
        </span>
      }
    >
      {hint}
    </Notice>
  )
}
