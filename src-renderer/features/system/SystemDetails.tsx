import { useOpenSettings } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { Button } from '../../ui/Button.tsx'

/** From the Overview to everything about this computer. */
export function SystemDetails() {
  const openSettings = useOpenSettings()
  return (
    <Button variant="quiet" data-testid="system-details" onClick={() => openSettings('computer')}>
      {text.system.actions.more}
    </Button>
  )
}
