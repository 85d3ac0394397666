import type { SystemState, SystemView } from '../../../src-preload/contract/system-model.ts'
import { text } from '../../text/catalogue.ts'
import type { Tone } from '../../ui/Badge.tsx'

export type SystemAction = 'turnOn' | 'rewrite' | 'restart' | 'check' | 'undo'

export interface SystemSituation {
  readonly state: SystemState
  readonly tone: Tone
  readonly title: string
  readonly line: string
  /** What can be done, the main thing first. */
  readonly actions: readonly SystemAction[]
}

const tones: Readonly<Record<SystemState, Tone>> = {
  unknown: 'neutral',
  off: 'neutral',
  asking: 'accent',
  on: 'ok',
  paused: 'warning',
  'not-working': 'warning',
  changed: 'warning',
  conflict: 'warning',
  unsupported: 'neutral',
}

/**
 * How things stand and what can be done. A call under way counts as the prompt being open: until it
 * answers, nothing that was there before is said to hold.
 */
export function systemSituation(
  view: SystemView,
  { isChanging, isAnswering }: { readonly isChanging: boolean; readonly isAnswering: boolean },
): SystemSituation {
  const state = isChanging ? 'asking' : view.state
  const words = text.system.states[state]
  const by = state === 'on' && view.title !== undefined ? ` ${text.system.by(view.title)}` : ''
  return {
    state,
    tone: tones[state],
    title: text.system.statusTitle(words.title),
    line: words.line(view.suffixes) + by,
    actions: actionsOf(state, isAnswering),
  }
}

function actionsOf(state: SystemState, isAnswering: boolean): readonly SystemAction[] {
  switch (state) {
    case 'asking':
      return []
    case 'off':
      return ['turnOn', 'check']
    case 'on':
    case 'not-working':
      return ['check', 'undo']
    case 'paused':
      return isAnswering ? ['check', 'undo'] : ['restart', 'check', 'undo']
    case 'changed':
      return ['rewrite', 'check', 'undo']
    case 'unknown':
    case 'conflict':
    case 'unsupported':
      return ['check']
  }
}
