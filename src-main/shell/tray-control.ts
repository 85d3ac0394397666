import type { Env } from '../env/env.ts'
import type { EngineProcess } from './engine-process.ts'
import type { Notice } from './notices.ts'
import { createPrediction } from './prediction.ts'
import { publishNotice } from './publish-notice.ts'
import type { StateMirror } from './state-mirror.ts'
import { trayView, type TrayAction, type TrayView } from './tray-menu.ts'

/** Keeps the tray up to date and does what its items ask for. */
export interface TrayControl {
  /** Shows the state as it is now. */
  draw(): void
  act(action: TrayAction): Promise<void>
  stop(): void
}

export interface TrayControlDeps {
  readonly engine: Pick<EngineProcess, 'call' | 'state' | 'problem' | 'onState'>
  readonly mirror: Pick<StateMirror, 'snapshot' | 'onChange'>
  show(view: TrayView): void
  openWindow(screen?: string, entryId?: string): void
  openAddress(address: string): Promise<void>
  notify(notice: Notice, screen?: string): void
  quit(): void
}

/** Changes that come in bursts are shown together. Milliseconds. */
const drawDelayMs = 250

export function createTrayControl(env: Env, deps: TrayControlDeps): TrayControl {
  const { engine, mirror } = deps
  const prediction = createPrediction<boolean>(env.clock, () => draw())
  let isPublishing = false
  let isDrawPending = false
  let isStopped = false

  const draw = (): void => {
    if (isStopped) return
    deps.show(
      trayView({
        engine: engine.state(),
        problem: engine.problem(),
        snapshot: mirror.snapshot(),
        predictedEnabled: prediction.value(),
        isPublishing,
      }),
    )
  }

  const drawSoon = (): void => {
    if (isDrawPending) return
    isDrawPending = true
    env.clock.schedule(drawDelayMs, () => {
      isDrawPending = false
      draw()
    })
  }

  /** Needs no privilege: what the operating system is set to stays as it is. */
  const setEnabled = async (enabled: boolean): Promise<void> => {
    prediction.expect(enabled)
    draw()
    const reply = await engine.call('resolver.setEnabled', { enabled })
    if (!reply.ok) {
      prediction.drop()
      deps.notify({ title: 'Nostr DNS', body: reply.error.message })
    }
    draw()
  }

  const publishAddress = async (): Promise<void> => {
    isPublishing = true
    draw()
    const reply = await engine.call('publish.address', {})
    isPublishing = false
    draw()
    deps.notify(publishNotice(reply), 'publish')
  }

  const endings = [
    engine.onState(draw),
    mirror.onChange((snapshot) => {
      prediction.confirm(snapshot.resolver.enabled)
      drawSoon()
    }),
  ]

  return {
    draw,
    async act(action) {
      switch (action.type) {
        case 'open':
          return deps.openWindow(action.screen, action.entryId)
        case 'quit':
          return deps.quit()
        case 'set-enabled':
          return setEnabled(action.enabled)
        case 'publish-address':
          return publishAddress()
        case 'open-address':
          return deps.openAddress(action.address)
      }
    },
    stop() {
      isStopped = true
      prediction.drop()
      for (const end of endings) end()
    },
  }
}
