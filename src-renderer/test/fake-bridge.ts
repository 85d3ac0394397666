import type { Problem } from '../../src-main/env/errors.ts'
import type { RendererCall } from '../../src-preload/contract/calls.ts'
import type { Delta, Identity, Snapshot } from '../../src-preload/contract/model.ts'
import type { EngineProcessState, RendererApi, Reply } from '../../src-preload/contract/replies.ts'
import { answerCall } from './fake-answers.ts'
import { pkarrIdentity } from './fixture-pkarr.ts'
import type { Scene } from './fixtures.ts'

export interface RecordedCall {
  readonly name: string
  readonly argument: unknown
}

/** What tests do to the fake engine, as `window.fakeEngine`. */
export interface FakeControls {
  /** Sends the next delta. */
  emit(slices: Delta['slices'], names?: Delta['names']): void
  /** Sends a delta whose number does not follow: the window must ask for a snapshot. */
  emitGap(slices: Delta['slices']): void
  setEngine(state: EngineProcessState): void
  navigate(screen: string, entryId?: string): void
  snapshot(): Snapshot
  /** Every call made so far, with those of the shell as `shell.…`. */
  calls(): readonly RecordedCall[]
  /** Lets the next call of `name` fail. */
  failNext(name: string, error: Problem): void
  /** Keeps calls of `name` waiting until `release`. */
  hold(name: string): void
  release(name: string): void
}

export interface FakeBridge {
  readonly api: RendererApi
  readonly controls: FakeControls
}

/** A `window.nostrDns` over an engine that lives in this page and starts as `initial`. */
export function createFakeBridge(scene: Scene, initial: Snapshot): FakeBridge {
  let snapshot = initial
  let engine: EngineProcessState =
    scene === 'loading' ? 'starting' : scene === 'stopped' ? 'stopped' : 'running'
  const deltaListeners = new Set<(delta: Delta) => void>()
  const stateListeners = new Set<(state: EngineProcessState) => void>()
  const screenListeners = new Set<(screen: string, entryId?: string) => void>()
  const recorded: RecordedCall[] = []
  const failures = new Map<string, Problem>()
  const gates = new Map<string, { readonly open: Promise<void>; readonly release: () => void }>()

  const emit = (slices: Delta['slices'], names?: Delta['names'], skip = 0): void => {
    const seq = snapshot.seq + 1 + skip
    const upserted = new Map((names?.upsert ?? []).map((entry) => [entry.id, entry]))
    const gone = new Set(names?.remove ?? [])
    const kept = snapshot.names
      .filter(({ id }) => !gone.has(id))
      .map((entry) => upserted.get(entry.id) ?? entry)
    const added = [...upserted.values()].filter(
      ({ id }) => !snapshot.names.some((entry) => entry.id === id),
    )
    snapshot = { ...snapshot, ...slices, names: [...kept, ...added], seq }
    const delta: Delta = names === undefined ? { seq, slices } : { seq, slices, names }
    for (const listener of deltaListeners) listener(delta)
  }

  const gate = async (name: string, argument: unknown): Promise<Problem | undefined> => {
    recorded.push({ name, argument })
    await gates.get(name)?.open
    const failure = failures.get(name)
    failures.delete(name)
    return failure
  }

  const listen =
    <T>(listeners: Set<(value: T) => void>) =>
    (listener: (value: T) => void) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    }

  const api: RendererApi = {
    platform: 'linux',
    async call<C extends RendererCall>(name: C, argument: unknown): Promise<Reply<C>> {
      const error = await gate(name, argument)
      if (error !== undefined) return { ok: false, error }
      return answerCall(name, argument, { emit, snapshot: () => snapshot })
    },
    onDelta: listen(deltaListeners),
    engineState: () => Promise.resolve(engine),
    engineProblem: () => Promise.resolve(undefined),
    onEngineState: listen(stateListeners),
    onNavigate(listener) {
      screenListeners.add(listener)
      return () => screenListeners.delete(listener)
    },
    shell: {
      async importKey({ label, ...options }) {
        const error = await gate('shell.importKey', { label, ...options })
        if (error !== undefined) return { ok: false, error }
        const first = snapshot.keys.identities[0] ?? initial.keys.identities[0]
        const held: Identity = {
          ...(first ?? fallbackIdentity),
          label,
          pubkey: 'ab'.repeat(32) as Identity['pubkey'],
          npub: `npub1${'z'.repeat(58)}`,
          isDefault: false,
        }
        emit({ keys: { ...snapshot.keys, identities: [...snapshot.keys.identities, held] } })
        return { ok: true, value: held }
      },
      async exportKey(options) {
        const error = await gate('shell.exportKey', options)
        if (error !== undefined) return { ok: false, error }
        return { ok: true, value: { where: 'nostr-key.txt' } }
      },
      async importPkarrSeed({ source, label }) {
        const error = await gate('shell.importPkarrSeed', { source, label })
        if (error !== undefined) return { ok: false, error }
        const held = { ...pkarrIdentity(7, Date.now()), label }
        const { pkarr } = snapshot
        emit({ pkarr: { ...pkarr, identities: [...pkarr.identities, held] } })
        return { ok: true, value: held }
      },
      async exportPkarrSeed(options) {
        const error = await gate('shell.exportPkarrSeed', options)
        if (error !== undefined) return { ok: false, error }
        return { ok: true, value: { where: 'pkarr-seed.txt' } }
      },
      async copyText(text) {
        await gate('shell.copyText', text)
      },
      async openNostrWindow(address) {
        await gate('shell.openNostrWindow', address)
      },
      async openDocs() {
        await gate('shell.openDocs', null)
      },
      async quit() {
        await gate('shell.quit', null)
      },
    },
  }

  return {
    api,
    controls: {
      emit,
      emitGap: (slices) => emit(slices, undefined, 3),
      setEngine(state) {
        engine = state
        for (const listener of stateListeners) listener(state)
      },
      navigate(screen, entryId) {
        for (const listener of screenListeners) listener(screen, entryId)
      },
      snapshot: () => snapshot,
      calls: () => recorded,
      failNext: (name, error) => void failures.set(name, error),
      hold(name) {
        let release = (): void => undefined
        const open = new Promise<void>((resolve) => {
          release = resolve
        })
        gates.set(name, { open, release })
      },
      release(name) {
        gates.get(name)?.release()
        gates.delete(name)
      },
    },
  }
}

const fallbackIdentity: Identity = {
  pubkey: 'cd'.repeat(32) as Identity['pubkey'],
  npub: `npub1${'y'.repeat(58)}`,
  label: '',
  createdAtMs: 0,
  protection: 'os',
  isDefault: true,
  isLocked: false,
  isBackedUp: true,
}
