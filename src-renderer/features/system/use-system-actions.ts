import type { Problem, Result } from '../../../src-main/env/errors.ts'
import type { SystemView } from '../../../src-preload/contract/system-model.ts'
import { usePending, useServices } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'

const words = text.system

export interface SystemActions {
  /** The administrator's prompt is open, or about to be. */
  readonly isChanging: boolean
  readonly isLooking: boolean
  look(): Promise<void>
  install(): Promise<void>
  uninstall(): Promise<void>
  answerAgain(): Promise<void>
}

/** The engine's state says these itself, and goes on saying them. */
function isToldByState({ code }: Problem): boolean {
  return /^(?:elevation|system)\./u.test(code) && code !== 'system.busy'
}

/**
 * What can be done to the operating system's configuration. How an attempt ended is shown by the
 * engine's state, which stays; only what that cannot say is told in a toast.
 */
export function useSystemActions(): SystemActions {
  const { calls, toasts } = useServices()
  const isInstalling = usePending('system.install')
  const isUninstalling = usePending('system.uninstall')
  const isLooking = usePending('system.look')

  const tell = (
    result: Result<SystemView>,
    wanted: SystemView['state'],
    title: string,
    detail?: string,
  ): void => {
    if (!result.ok) {
      if (!isToldByState(result.error)) toasts.showProblem(result.error)
    } else if (result.value.state === wanted) {
      toasts.show({ tone: 'ok', title, ...(detail === undefined ? {} : { detail }) })
    }
  }

  return {
    isChanging: isInstalling || isUninstalling,
    isLooking,
    async look() {
      const result = await calls.call('system.look', {})
      if (!result.ok) toasts.showProblem(result.error)
    },
    async install() {
      tell(await calls.call('system.install', {}), 'on', words.isOn, words.isOnDetail)
    },
    async uninstall() {
      tell(await calls.call('system.uninstall', {}), 'off', words.isOff)
    },
    async answerAgain() {
      const result = await calls.call('resolver.setEnabled', { enabled: true })
      if (!result.ok) toasts.showProblem(result.error)
    },
  }
}
