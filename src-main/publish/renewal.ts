import { unixSeconds, type Env } from '../env/env.ts'
import { ok, type Problem } from '../env/errors.ts'
import type { Health } from '../env/health.ts'
import type { Keyring } from '../keys/keyring.ts'
import { shortNpub, encodeNpub } from '../names/npub.ts'
import type { PubkeyHex } from '../names/name.ts'
import type { EventStore, RelayService } from '../relays/relay-service.ts'
import type { Copies } from './copies.ts'
import { countTakers } from './delivery.ts'
import { heldHosts } from './held-hosts.ts'
import type { Serializer } from './owner-turns.ts'
import type { Publication } from './publication.ts'
import { isAbout, withCopy } from './publication.ts'
import {
  nextHeartbeat,
  withHost,
  type HostState,
  type PublishState,
  type StateDocument,
} from './publish-state.ts'
import type { CopyReport, PublishReport } from './publisher.ts'
import { surveyOwner } from './survey.ts'

/** After a failure the next try comes this much later, then twice as much, and so on. Milliseconds. */
const firstRetryMs = 60_000
const lastRetryMs = 3_600_000

export interface RenewalDeps {
  readonly keyring: Keyring
  readonly relays: RelayService
  readonly store: EventStore
  readonly state: StateDocument
  readonly copies: Copies
  readonly publication: Publication
  readonly turns: Serializer
  readonly health: Health
}

/** Keeps what is published alive: heartbeats, and compatibility copies that are still due. */
export interface Renewal {
  /** Signs hosts again whose heartbeat is due, and brings due copies up to date. */
  renewDue(signal: AbortSignal): Promise<void>
  /** Signs every host again now. */
  renewAll(signal: AbortSignal): Promise<readonly PublishReport[]>
  /** Ends the waits after failures that a key just unlocked may have cured. */
  onKeysChanged(): void
  /** Ends the waits of what failed for want of any relay. */
  onRelayUp(): void
  /** Takes back the warning about `owner`: something of it was just published. */
  settled(owner: PubkeyHex): void
}

export function createRenewal(env: Env, deps: RenewalDeps): Renewal {
  const { keyring, relays, store, state, copies, publication, turns, health } = deps
  const waits = new Map<string, { untilMs: number; delayMs: number; isOffline: boolean }>()

  const isWaiting = (task: string): boolean => (waits.get(task)?.untilMs ?? 0) > env.clock.nowMs()
  const wait = (task: string, isOffline = false): void => {
    const delayMs = Math.min((waits.get(task)?.delayMs ?? firstRetryMs / 2) * 2, lastRetryMs)
    waits.set(task, { untilMs: env.clock.nowMs() + delayMs, delayMs, isOffline })
  }
  const settled = (owner: PubkeyHex): void => health.clear(`publish.heartbeat:${owner}`)

  const warn = (owner: PubkeyHex, problem: Problem, hosts: readonly HostState[]): void => {
    const lapse = Math.min(...hosts.map(({ expiresAt }) => expiresAt ?? Infinity))
    const isLapsed = lapse <= unixSeconds(env.clock)
    const who = keyring.list().find(({ pubkey }) => pubkey === owner)?.label
    const name = who ?? shortNpub(encodeNpub(owner))
    const until = Number.isFinite(lapse)
      ? ` ${isLapsed ? 'They lapsed' : 'They lapse'} ${new Date(lapse * 1000).toISOString()}.`
      : ''
    const isLocked = problem.code === 'keys.locked'
    health.raise(`publish.heartbeat:${owner}`, isLapsed ? 'error' : 'warning', {
      code: isLocked ? 'publish.locked' : problem.code,
      message: `The names of ${name} could not be renewed: ${isLocked ? 'its key is locked.' : problem.message}${until}`,
      hint: isLocked ? 'Unlock the key; renewing goes on by itself.' : (problem.hint ?? ''),
    })
  }

  /** Hosts of `owner` among `names`, with what other devices published since taken over. */
  const renew = (
    owner: PubkeyHex,
    isChosen: (host: HostState) => boolean,
    signal: AbortSignal,
  ): Promise<readonly PublishReport[]> =>
    turns.run(owner, async () => {
      const chosen = ownHosts(owner).filter(isChosen)
      if (chosen.length === 0) return []
      if (isLocked(owner)) {
        return failed(owner, chosen, {
          code: 'keys.locked',
          message: 'The key is locked.',
          hint: 'Unlock it, then try again.',
        })
      }
      const survey = await surveyOwner(relays, store, owner, signal)
      const held = heldHosts(owner, state.get().hosts, survey.events, unixSeconds(env.clock))
      const current = chosen.map((host) => held.get(host.host) ?? host)
      await adopt(current.filter((host, index) => host !== chosen[index]))
      const hosts = current.filter(isChosen)
      if (hosts.length === 0) return []
      const reports = await publication.publish({ owner, hosts, survey, signal })
      if (!reports.ok) return failed(owner, hosts, reports.error)
      settled(owner)
      return reports.value
    })

  const ownHosts = (owner: PubkeyHex): readonly HostState[] =>
    state.get().hosts.filter(({ pubkey }) => pubkey === owner)

  const isLocked = (owner: PubkeyHex): boolean =>
    keyring.list().find(({ pubkey }) => pubkey === owner)?.isLocked === true

  /** Another device signed these later than this one did: its version is the one to keep alive. */
  const adopt = async (hosts: readonly HostState[]): Promise<void> => {
    if (hosts.length === 0) return
    await state.update((current) => ok(hosts.reduce(withHost, current)))
  }

  const failed = (
    owner: PubkeyHex,
    hosts: readonly HostState[],
    problem: Problem,
  ): readonly PublishReport[] => {
    if (problem.code !== 'publish.cancelled') warn(owner, problem, hosts)
    return hosts.map((host) => ({
      pubkey: owner,
      host: host.host,
      atMs: env.clock.nowMs(),
      expiresAt: host.expiresAt ?? 0,
      copies: [],
      state: 'failed',
      problem,
    }))
  }

  /** Says how far it came. */
  const refreshCopies = (
    owner: PubkeyHex,
    signal: AbortSignal,
  ): Promise<'done' | 'failed' | 'offline'> =>
    turns.run(owner, async () => {
      if (isLocked(owner)) return 'failed'
      const survey = await surveyOwner(relays, store, owner, signal)
      if (survey.reachedUrls.length === 0 || signal.aborted) return 'offline'
      const asked = survey.askedUrls.map((url) => ({ url }))
      const isOffline = countTakers(survey.reachedUrls, asked, relays.health()) === 0
      const held = heldHosts(owner, state.get().hosts, survey.events, unixSeconds(env.clock))
      const job = { owner, hosts: [...held.values()], survey, signal, onReport: () => undefined }
      const reports = await copies.update(job)
      await state.update((current) => ok(withCopyReports(current, owner, reports)))
      if (!state.get().copiesDue.includes(owner)) return 'done'
      return isOffline ? 'offline' : 'failed'
    })

  const owners = (): readonly PubkeyHex[] => [
    ...new Set(state.get().hosts.map(({ pubkey }) => pubkey)),
  ]

  return {
    settled,
    onKeysChanged: () => waits.clear(),
    onRelayUp() {
      for (const [task, { isOffline }] of waits) if (isOffline) waits.delete(task)
    },
    async renewDue(signal) {
      const now = unixSeconds(env.clock)
      const isDue = (host: HostState): boolean => (nextHeartbeat(host) ?? Infinity) <= now
      for (const owner of owners()) {
        if (!ownHosts(owner).some(isDue) || isWaiting(owner)) continue
        const reports = await renew(owner, isDue, signal)
        if (reports.some(({ state: outcome }) => outcome === 'failed')) wait(owner)
        else waits.delete(owner)
      }
      for (const owner of state.get().copiesDue) {
        const task = `copies:${owner}`
        if (isWaiting(task) || signal.aborted) continue
        const outcome = await refreshCopies(owner, signal)
        if (outcome === 'done') waits.delete(task)
        else wait(task, outcome === 'offline')
      }
    },
    async renewAll(signal) {
      const reports: PublishReport[] = []
      for (const owner of owners()) reports.push(...(await renew(owner, () => true, signal)))
      return reports
    },
  }
}

/** `state` with the newest word on the compatibility copies in the reports of `owner`'s hosts. */
function withCopyReports(
  state: PublishState,
  owner: PubkeyHex,
  reports: readonly CopyReport[],
): PublishState {
  const hosts = state.hosts.map((host) => {
    const last = host.lastPublished
    if (host.pubkey !== owner || last === undefined) return host
    const shown = reports.filter((report) => isAbout(report, host.host))
    return { ...host, lastPublished: { ...last, copies: shown.reduce(withCopy, last.copies) } }
  })
  return { ...state, hosts }
}
