import type { ReactNode } from 'react'
import { Tabs as RadixTabs } from 'radix-ui'
import styles from './Tabs.module.css'

export interface Tab<Id extends string> {
  readonly id: Id
  readonly label: string
  /** Beside the label: a count, a warning. */
  readonly badge?: ReactNode
  readonly content: ReactNode
}

interface TabsProps<Id extends string> {
  readonly label: string
  readonly tabs: readonly Tab<Id>[]
  readonly current: Id
  readonly onChange: (id: Id) => void
  /** Each tab's test id is this and its own id. */
  readonly testId: string
}

/** Parts of a screen, one at a time; arrow keys move between them. */
export function Tabs<Id extends string>(props: TabsProps<Id>) {
  const { label, tabs, current, onChange, testId } = props
  return (
    <RadixTabs.Root
      className={styles['tabs']}
      value={current}
      onValueChange={(value) => {
        const chosen = tabs.find(({ id }) => id === value)
        if (chosen !== undefined) onChange(chosen.id)
      }}
    >
      <RadixTabs.List className={styles['list']} aria-label={label}>
        {tabs.map((tab) => (
          <RadixTabs.Trigger
            key={tab.id}
            className={styles['tab']}
            value={tab.id}
            data-testid={`${testId}-${tab.id}`}
          >
            {tab.label}
            {tab.badge}
          </RadixTabs.Trigger>
        ))}
      </RadixTabs.List>
      {tabs.map(({ id, content }) => (
        <RadixTabs.Content key={id} className={styles['panel']} value={id} tabIndex={-1}>
          {content}
        </RadixTabs.Content>
      ))}
    </RadixTabs.Root>
  )
}
