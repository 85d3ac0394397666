import type { Snapshot } from '../../src-preload/contract/model.ts'
import type { SystemState, SystemView } from '../../src-preload/contract/system-model.ts'
import type { Clock, Unsubscribe } from '../env/env.ts'
import type { Notice } from './notices.ts'

/** A restart of the engine, or waking up, is over by then. Milliseconds. */
const settleMs = 10_000
/** The same trouble, coming and going, is told again only after this long. Milliseconds. */
const quietMs = 30 * 60_000

export interface SystemWatch {
  follow(snapshot: Pick<Snapshot, 'resolver' | 'system'>): void
  stop(): void
}

/**
 * Watches the operating system's part. Told is only what worked while this program ran and then
 * stayed broken without the user's doing.
 */
export function createSystemWatch(clock: Clock, tell: (notice: Notice) => void): SystemWatch {
  const toldAtMs = new Map<SystemState, number>()
  let hasWorked = false
  let latest: SystemView | undefined
  let cancel: Unsubscribe | undefined

  const settle = (): void => {
    cancel = undefined
    const notice = latest && noticeOf(latest)
    if (latest === undefined || notice === undefined) return
    const { state } = latest
    hasWorked = false
    const told = toldAtMs.get(state)
    if (told !== undefined && clock.nowMs() - told < quietMs) return
    toldAtMs.set(state, clock.nowMs())
    tell(notice)
  }

  const wait = (): void => {
    cancel?.()
    cancel = undefined
  }

  return {
    follow({ resolver, system }) {
      latest = system
      if (system.state === 'on') hasWorked = true
      // Undone, or switched off by the user: nothing is broken.
      if (system.state === 'off' || !resolver.enabled) hasWorked = false
      if (!hasWorked || noticeOf(system) === undefined) wait()
      else cancel ??= clock.schedule(settleMs, settle)
    },
    stop: wait,
  }
}

function noticeOf({ state, reason }: SystemView): Notice | undefined {
  const because = reason === undefined ? '' : ` ${reason.message}`
  switch (state) {
    case 'paused':
      return {
        title: '.nostr names are paused',
        body: `Programs on this computer cannot open them at the moment. Other names are not affected.${because}`,
      }
    case 'not-working':
      return {
        title: '.nostr names stopped working',
        body: `The computer’s resolver no longer reaches this program. Other names are not affected.${because}`,
      }
    case 'changed':
      // Not edited: the user chose otherwise, or our port was taken.
      if (reason?.code === 'system.other-settings') {
        return {
          title: '.nostr names need to be set up again',
          body: `${reason.message} Open the window to rewrite it.`,
        }
      }
      return edited(because)
    case 'conflict':
      return edited(because)
    case 'unknown':
    case 'off':
    case 'asking':
    case 'on':
    case 'unsupported':
      return undefined
  }
}

function edited(because: string): Notice {
  return {
    title: 'The resolver’s settings were changed',
    body: `Somebody edited what makes .nostr names open everywhere. Open the window to put it right.${because}`,
  }
}
