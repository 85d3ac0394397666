import type { ListenerStatus, RelayHealth, Snapshot } from '../../../src-preload/contract/model.ts'
import type { EngineProcessState } from '../../../src-preload/contract/replies.ts'
import { text } from '../../text/catalogue.ts'
import { formatList } from '../../text/format.ts'

export interface ResolutionState {
  readonly level: 'on' | 'off' | 'problem' | 'starting' | 'unavailable'
  readonly title: string
  readonly line: string
}

const { status } = text.overview

/** What the switch honestly stands for: asked for, possible, and really happening are three things. */
export function resolutionState(
  snapshot: Pick<Snapshot, 'resolver' | 'relays'> | undefined,
  engine: EngineProcessState,
): ResolutionState {
  if (engine === 'starting' || (engine === 'running' && snapshot === undefined)) {
    return { level: 'starting', ...status.starting }
  }
  if (engine === 'restarting') return { level: 'starting', ...status.restarting }
  if (engine !== 'running' || snapshot === undefined) {
    return { level: 'unavailable', ...status.unavailable }
  }
  const { enabled, listeners } = snapshot.resolver
  if (!enabled) return { level: 'off', ...status.off }
  const listening = listeners.filter(({ state }) => state === 'listening')
  const failed = listeners.filter(({ state }) => state === 'failed')
  const first = listening[0]
  if (first === undefined) return { level: 'problem', ...status.broken }
  const where = status.where(first.addresses[0] ?? '', first.port)
  if (failed.length > 0) return { level: 'problem', ...status.degraded(namesOf(failed), where) }
  if (isOffline(snapshot.relays)) return { level: 'problem', ...status.offline(where) }
  return { level: 'on', ...status.on(where) }
}

function namesOf(listeners: readonly ListenerStatus[]): string {
  return formatList(listeners.map(({ id }) => `“${text.overview.listeners.names[id]}”`))
}

/** True when relays were tried and none is connected. Idle relays were not tried, so they say nothing. */
export function isOffline(relays: readonly RelayHealth[]): boolean {
  const tried = relays.filter(({ origin, state }) => origin !== 'embedded' && state !== 'idle')
  return (
    tried.length > 0 &&
    tried.every(({ state, lastError }) => state !== 'connected' && lastError !== undefined)
  )
}
