import type { ReactElement } from 'react'
import { Tooltip } from 'radix-ui'
import styles from './Hint.module.css'

/** A tooltip on something that can take focus. The provider is in App. */
export function Hint({
  text,
  children,
}: {
  readonly text: string
  readonly children: ReactElement
}) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content className={styles['hint']} sideOffset={6} collisionPadding={8}>
          {text}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  )
}
