import type { NameEntry } from '../../../src-preload/contract/model.ts'
import type { Problem } from '../../../src-main/env/errors.ts'
import { useServices } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'
import { shortName } from '../../text/format.ts'
import { displayName } from './names-list.ts'

const words = text.names.actions

export interface NameActions {
  refresh(entry: NameEntry): Promise<void>
  forget(entry: NameEntry): Promise<void>
  copy(entry: NameEntry): Promise<void>
}

/** What can be done to a row, from its menu and from its details; results are told in toasts. */
export function useNameActions(): NameActions {
  const { api, calls, toasts } = useServices()
  const tell = (problem: Problem): void => toasts.showProblem(problem)
  return {
    async refresh(entry) {
      const result = await calls.call(
        'names.refresh',
        { id: entry.id },
        `names.refresh ${entry.id}`,
      )
      if (result.ok) toasts.show({ tone: 'ok', title: words.refreshed(called(entry)) })
      else tell(result.error)
    },
    async forget(entry) {
      const result = await calls.call('names.forget', { id: entry.id })
      if (!result.ok) {
        tell(result.error)
        return
      }
      const lookUpAgain = async (): Promise<void> => {
        const again = await calls.call('names.resolve', { name: entry.name })
        if (!again.ok) tell(again.error)
      }
      toasts.show({
        tone: 'info',
        title: words.forgotten(called(entry)),
        action: { label: words.lookUpAgain, run: () => void lookUpAgain() },
      })
    },
    async copy(entry) {
      await api.shell.copyText(entry.name)
      toasts.show({ tone: 'ok', title: text.shell.copied, detail: shortName(entry.name) })
    },
  }
}

function called(entry: NameEntry): string {
  return shortName(displayName(entry))
}
