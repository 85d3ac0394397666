import type { Problem } from '../../../src-main/env/errors.ts'
import type { Identity } from '../../../src-preload/contract/model.ts'
import { useServices } from '../../state/window-context.ts'
import { text } from '../../text/catalogue.ts'

const words = text.keys

export interface KeyActions {
  makeDefault(identity: Identity): Promise<void>
  /** The problem, if any: the form shows it. */
  rename(identity: Identity, label: string): Promise<Problem | undefined>
  remove(identity: Identity): Promise<void>
  undoRemove(): Promise<void>
}

/** What can be done to an identity without a form; results are told in toasts. */
export function useKeyActions(): KeyActions {
  const { calls, toasts } = useServices()
  const undoRemove = async (): Promise<void> => {
    const result = await calls.call('keys.undoRemove', {})
    if (result.ok) toasts.show({ tone: 'ok', title: words.remove.undone(result.value.label) })
    else toasts.showProblem(result.error)
  }
  return {
    async makeDefault({ pubkey, label }) {
      const result = await calls.call('keys.setDefault', { pubkey })
      if (result.ok) toasts.show({ tone: 'ok', title: words.madeDefault(label) })
      else toasts.showProblem(result.error)
    },
    async rename({ pubkey }, label) {
      const result = await calls.call('keys.rename', { pubkey, label })
      return result.ok ? undefined : result.error
    },
    async remove({ pubkey, label }) {
      const result = await calls.call('keys.remove', { pubkey })
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
    undoRemove,
  }
}
