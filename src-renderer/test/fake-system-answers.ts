import './zod-without-eval.ts'
// oxlint-disable-next-line no-restricted-imports -- the fake engine judges settings as the real one does
import { settingsSchema } from '../../src-preload/contract/settings.ts'
import type { SystemView } from '../../src-preload/contract/system-model.ts'
import type { Answers, FakeEngine } from './fake-answers.ts'
import { linkPlan } from './fixture-system.ts'

/** How the calls about settings and the operating system change the fake engine. */
export const systemAnswers: Answers = {
  'system.look': (_, { snapshot }) => snapshot().system,
  'system.plan': (_, { snapshot }) => snapshot().system.plan ?? linkPlan,
  'system.install': (_, engine) => setState('on', engine),
  'system.uninstall': (_, engine) => setState('off', engine),
  'settings.update': (patch, { emit, snapshot }) => {
    const parsed = settingsSchema.safeParse(merge(snapshot().settings, patch))
    if (!parsed.success) {
      const [issue] = parsed.error.issues
      const path = issue?.path.map(String).join('.')
      return {
        error: {
          code: 'settings.invalid',
          message: `The setting ${path}: ${issue?.message ?? ''}.`,
        },
      }
    }
    emit({ settings: parsed.data })
    return null
  },
}

function setState(state: 'on' | 'off', { emit, snapshot }: FakeEngine): SystemView {
  const { lastAttempt: _attempt, reason: _reason, ...system } = snapshot().system
  const view = { ...system, state }
  emit({ system: view })
  return view
}

function merge(held: unknown, wanted: unknown): unknown {
  if (!isFields(held) || !isFields(wanted)) return wanted
  const merged = new Map(Object.entries(held))
  for (const [name, value] of Object.entries(wanted)) {
    merged.set(name, merge(merged.get(name), value))
  }
  return Object.fromEntries(merged)
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
