import type { Problem } from '../../../src-main/env/errors.ts'
import type { PkarrIdentity } from '../../../src-preload/contract/pkarr-model.ts'
import { useServices } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'

const words = text.keys

export interface PkarrKeyActions {
  /** The problem, if any: the form shows it. */
  create(label: string): Promise<Problem | undefined>
  rename(identity: PkarrIdentity, label: string): Promise<Problem | undefined>
  remove(identity: PkarrIdentity): Promise<void>
  undoRemove(): Promise<void>
}

/** What can be done to a PKARR key; results are told in toasts. */
export function usePkarrKeyActions(): PkarrKeyActions {
  const { calls, toasts } = useServices()
  const undoRemove = async (): Promise<void> => {
    const result = await calls.call('pkarr.undoRemove', {})
    if (result.ok) toasts.show({ tone: 'ok', title: words.remove.undone(result.value.label) })
    else toasts.showProblem(result.error)
  }
  return {
    undoRemove,
    async create(label) {
      const result = await calls.call('pkarr.create', { label })
      if (!result.ok) return result.error
      const { doneDetail } = text.pkarr.keys.create
      toasts.show({ tone: 'ok', title: words.create.done(label), detail: doneDetail })
      return undefined
    },
    async rename({ key }, label) {
      const result = await calls.call('pkarr.rename', { key, label })
      return result.ok ? undefined : result.error
    },
    async remove({ key, label }) {
      const result = await calls.call('pkarr.remove', { key })
      if (!result.ok) {
        toasts.showProblem(result.error)
        return
      }
      toasts.show({
        tone: 'info',
        title: words.remove.done(label),
        detail: words.remove.undoDetail,
        action: { label: text.shell.undo, run: () => void undoRemove() },
      })
    },
  }
}
