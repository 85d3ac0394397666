import { useState, type ReactNode } from 'react'
import {
  Ban,
  CircleCheck,
  CircleHelp,
  CirclePause,
  FilePen,
  FileWarning,
  LoaderCircle,
  Power,
  TriangleAlert,
  type LucideIcon,
} from 'lucide-react'
import type { SystemState } from '../../../src-preload/contract/system-model.ts'
import { useSlice } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { Button } from '../../ui/Button.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { Skeleton } from '../../ui/Skeleton.tsx'
import { StatusCard } from '../../ui/StatusCard.tsx'
import { InstallDialog } from './InstallDialog.tsx'
import { systemSituation, type SystemAction } from './system-state.ts'
import { SystemNotices } from './SystemNotices.tsx'
import { UndoDialog } from './UndoDialog.tsx'
import { useSystemActions } from './use-system-actions.ts'

const words = text.system
const icons: Readonly<Record<SystemState, LucideIcon>> = {
  unknown: CircleHelp,
  off: Power,
  asking: LoaderCircle,
  on: CircleCheck,
  paused: CirclePause,
  'not-working': TriangleAlert,
  changed: FilePen,
  conflict: FileWarning,
  unsupported: Ban,
}
const mainActions: readonly SystemAction[] = ['turnOn', 'rewrite', 'restart']

interface SystemStatusProps {
  /** Beside the other buttons. */
  readonly extraAction?: ReactNode
}

/** Whether the whole computer opens managed names, why not, and what to do about it. */
export function SystemStatus({ extraAction }: SystemStatusProps) {
  const view = useSlice('system')
  const isAnswering = useSlice('resolver')?.enabled ?? true
  const [asked, setAsked] = useState<'turnOn' | 'rewrite' | 'undo'>()
  const { isChanging, isLooking, ...actions } = useSystemActions()
  if (view === undefined) {
    return (
      <Panel>
        <Skeleton lines={3} />
      </Panel>
    )
  }

  const situation = systemSituation(view, { isChanging, isAnswering })
  const { state, tone, title, line } = situation
  const close = (): void => setAsked(undefined)
  const run = (action: SystemAction): void => {
    if (action === 'check') void actions.look()
    else if (action === 'restart') void actions.answerAgain()
    else setAsked(action)
  }
  return (
    <StatusCard
      label={words.title}
      tone={tone}
      icon={icons[state]}
      isBusy={state === 'asking'}
      title={title}
      line={line}
      testId="system-status"
      state={state}
      actions={
        <>
          {extraAction}
          {situation.actions.toReversed().map((action) => (
            <Button
              key={action}
              variant={mainActions.includes(action) ? 'primary' : 'secondary'}
              isPending={action === 'check' && isLooking}
              data-testid={`system-${action}`}
              onClick={() => run(action)}
            >
              {words.actions[action]}
            </Button>
          ))}
        </>
      }
    >
      <SystemNotices view={view} isChanging={state === 'asking'} />
      {(asked === 'turnOn' || asked === 'rewrite') && (
        <InstallDialog
          isRewrite={asked === 'rewrite'}
          onConfirm={() => void actions.install()}
          onClose={close}
        />
      )}
      {asked === 'undo' && (
        <UndoDialog view={view} onConfirm={() => void actions.uninstall()} onClose={close} />
      )}
    </StatusCard>
  )
}
