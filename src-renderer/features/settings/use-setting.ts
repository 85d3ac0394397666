import { useEffect, useState } from 'react'
import type { Result } from '../../../src-main/env/errors.ts'
import type { SettingDraft, WindowStore } from '../../state/window-store.ts'
import { usePending, useServices, useSlice, useWindow } from '../../state/window-context.ts'
import { patchAt, valueAt, type SettingPath, type SettingValue } from './setting-path.ts'
import { fieldFailure, type SettingCodec } from './setting-text.ts'

/** How long a field says that it was saved. */
const savedMs = 3000

export interface Saving {
  readonly isSaving: boolean
  /** Saved a moment ago. */
  readonly isSaved: boolean
}

/** A setting that is saved as soon as it is changed: a switch, a choice. */
export interface Choice<V> extends Saving {
  /** Undefined until the engine has said it. */
  readonly value: V | undefined
  readonly failure: string | undefined
  choose(value: V): Promise<void>
}

export function useChoice<Path extends SettingPath>(path: Path): Choice<SettingValue<Path>> {
  const settings = useSlice('settings')
  const { save, ...saving } = useSave(path)
  const [failure, setFailure] = useState<string>()
  return {
    ...saving,
    failure,
    value: settings && valueAt(settings, path),
    async choose(value) {
      setFailure(undefined)
      const result = await save(value)
      if (!result.ok) setFailure(fieldFailure(result.error, path, ''))
    },
  }
}

/** A setting that is typed, and saved when its owner says so. What was typed outlives the screen. */
export interface Typed extends Saving {
  /** Undefined until the engine has said it. */
  readonly typed: string | undefined
  readonly isChanged: boolean
  readonly failure: string | undefined
  type(text: string): void
  save(): Promise<void>
  discard(): void
}

export function useTyped<Path extends SettingPath>(
  path: Path,
  codec: SettingCodec<SettingValue<Path>>,
): Typed {
  const { store } = useServices()
  const settings = useSlice('settings')
  const draft = useWindow((state) => state.settingDrafts.get(path))
  const { save, ...saving } = useSave(path)
  const held = settings && codec.format(valueAt(settings, path))
  const typed = draft?.text ?? held
  return {
    ...saving,
    typed,
    isChanged: draft !== undefined,
    failure: draft?.failure,
    type(text) {
      setDraft(store, path, text === held ? undefined : { text })
    },
    discard() {
      setDraft(store, path, undefined)
    },
    async save() {
      if (draft === undefined) return
      const { text } = draft
      const parsed = codec.parse(text)
      if ('error' in parsed) {
        setDraft(store, path, { text, failure: parsed.error })
        return
      }
      const result = await save(parsed.value)
      // Typed on meanwhile: that is a new draft, and this answer is not about it.
      if (store.getState().settingDrafts.get(path)?.text !== text) return
      setDraft(
        store,
        path,
        result.ok ? undefined : { text, failure: fieldFailure(result.error, path, text) },
      )
    },
  }
}

function setDraft(store: WindowStore, path: string, draft: SettingDraft | undefined): void {
  const drafts = new Map(store.getState().settingDrafts)
  if (draft === undefined) drafts.delete(path)
  else drafts.set(path, draft)
  store.setState({ settingDrafts: drafts })
}

function useSave<Path extends SettingPath>(
  path: Path,
): Saving & { readonly save: (value: SettingValue<Path>) => Promise<Result<null>> } {
  const { calls } = useServices()
  const pendingKey = `settings.update ${path}`
  const isSaving = usePending(pendingKey)
  const [isSaved, setSaved] = useState(false)
  useEffect(() => {
    if (!isSaved) return undefined
    const timer = setTimeout(() => setSaved(false), savedMs)
    return () => clearTimeout(timer)
  }, [isSaved])
  return {
    isSaving,
    isSaved,
    async save(value) {
      setSaved(false)
      const result = await calls.call('settings.update', patchAt(path, value), pendingKey)
      setSaved(result.ok)
      return result
    },
  }
}
