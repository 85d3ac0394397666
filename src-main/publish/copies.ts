import type { EventTemplate } from 'nostr-tools/pure'
import type { Env } from '../env/env.ts'
import { unixSeconds } from '../env/env.ts'
import { ok, type Problem, type Result } from '../env/errors.ts'
import type { Health } from '../env/health.ts'
import type { Settings } from '../../src-preload/contract/settings.ts'
import type { Keyring } from '../keys/keyring.ts'
import type { PubkeyHex } from '../names/name.ts'
import { identifierOf } from '../relays/event-address.ts'
import type {
  EventStore,
  PublishOutcome,
  RelayService,
  VerifiedEvent,
} from '../relays/relay-service.ts'
import { type CopySlot, slotAddress, slotOwner } from '../systems/nostr/slot-owner.ts'
import {
  buildNodnsCertificate,
  buildPocCertificate,
  type HostPins,
} from '../systems/nostr/write-certificates.ts'
import {
  buildNodnsMirror,
  buildPocAddress,
  type HostRecords,
  type Signing,
} from '../systems/nostr/write-events.ts'
import { nextCreatedAt } from './created-at.ts'
import { copyState, countTakers } from './delivery.ts'
import { guardedProblem } from './foreign-slot.ts'
import { withSigned, type StateDocument } from './publish-state.ts'
import type { CopyReport } from './publisher.ts'
import { newestOf, type Survey } from './survey.ts'

type CopiedHost = HostRecords & HostPins
type Build = (input: Signing & { readonly hosts: readonly CopiedHost[] }) => Result<EventTemplate>

interface Copy {
  readonly format: CopySlot
  readonly carries: 'records' | 'certificate'
  readonly build: Build
  readonly isEnabled: (settings: Settings['publish']) => boolean
  /** True for an event that says nothing. */
  readonly isEmpty: (event: { tags: readonly (readonly string[])[]; content: string }) => boolean
}

const copies: readonly Copy[] = [
  {
    format: 'nodns-11111',
    carries: 'records',
    build: buildNodnsMirror,
    isEnabled: (settings) => settings.copyNodns,
    isEmpty: ({ tags }) => !tags.some(([name]) => name === 'record'),
  },
  {
    format: 'poc-30000',
    carries: 'records',
    build: buildPocAddress,
    isEnabled: (settings) => settings.copyPoc,
    isEmpty: ({ content }) => content === '{}',
  },
  {
    format: 'poc-30001',
    carries: 'certificate',
    build: buildPocCertificate,
    isEnabled: (settings) => settings.copyPoc,
    isEmpty: ({ content }) => content === '',
  },
  {
    format: 'nodns-30003',
    carries: 'certificate',
    build: buildNodnsCertificate,
    isEnabled: (settings) => settings.copyNodnsCertificate,
    isEmpty: ({ content }) => content === '',
  },
]

export interface CopiesDeps {
  readonly keyring: Keyring
  readonly relays: RelayService
  readonly store: EventStore
  readonly state: StateDocument
  readonly settings: () => Settings['publish']
  readonly health: Health
}

export interface CopyJob {
  readonly owner: PubkeyHex
  readonly hosts: readonly CopiedHost[]
  readonly survey: Survey
  /**
   * The owner withdraws what was announced: certificates that the owner's other programs left in the
   * copies go too.
   */
  readonly withdrawsCertificates?: boolean
  readonly signal: AbortSignal
  /** Called with the report of a copy whenever it changes. */
  readonly onReport: (report: CopyReport) => void
}

export interface Copies {
  /** Brings the compatibility copies of an owner in line with its hosts; never rejects. */
  update(job: CopyJob): Promise<readonly CopyReport[]>
}

const unreached: Problem = {
  code: 'publish.guard-unreached',
  message:
    'No relay told what is in the place of this copy, so nothing was written: it could be a list of yours.',
  hint: 'It is tried again when a relay can be reached.',
}

/**
 * The copies that other programs of this ecosystem read. Their slots belong to everybody, so a copy
 * is written only to relays that were just asked what they hold there, and only if that is nothing
 * or DNS data. A copy that has lost its content is overwritten by an empty one rather than deleted:
 * relays may ignore NIP-09, but not a newer event.
 */
export function createCopies(env: Env, deps: CopiesDeps): Copies {
  const { keyring, relays, store, state, health } = deps
  const log = env.log.child('publish.copies')

  const sign = async (
    copy: Copy,
    { owner, hosts, survey }: CopyJob,
    slot: readonly VerifiedEvent[],
  ): Promise<Result<VerifiedEvent>> => {
    const now = unixSeconds(env.clock)
    const { kind: copyKind, d } = slotAddress(copy.format)
    // Programs that ask for one event of a kind take the newest, so lists count here too.
    const others = survey.events
      .filter(({ kind, created_at }) => kind === copyKind && created_at <= now)
      .map(({ created_at }) => created_at)
    const createdAt = nextCreatedAt(now, [
      state.get().signedTimes[`${copyKind}:${owner}:${d}`],
      await store.highWaterMark(copyKind, owner, d),
      ...slot.map(({ created_at }) => created_at),
      ...others,
    ])
    if (!createdAt.ok) return createdAt
    const template = copy.build({ owner, hosts, now: createdAt.value })
    if (!template.ok) return template
    const signed = await keyring.sign(owner, template.value)
    if (!signed.ok) return signed
    const saved = await state.update((current) => {
      const copyIds = { ...current.copyIds, [`${copy.format}:${owner}`]: signed.value.id }
      return ok({ ...withSigned(current, signed.value), copyIds })
    })
    return saved.ok ? ok(signed.value) : saved
  }

  /** Whether there is anything to write: records to copy, or an earlier copy to empty. */
  const isWanted = (
    copy: Copy,
    { owner, hosts, withdrawsCertificates }: CopyJob,
    slot: readonly VerifiedEvent[],
  ): boolean => {
    const held = newestOf(slot)
    const isFull = held !== undefined && !copy.isEmpty(held)
    const isOurs =
      held?.id === lastId(copy, owner) ||
      (copy.carries === 'certificate' && withdrawsCertificates === true)
    if (!copy.isEnabled(deps.settings())) return isFull && isOurs
    // A certificate published by the owner's other programs is not ours to withdraw.
    const isStale = isFull && (isOurs || copy.carries === 'records')
    return isStale || hasContent(copy, owner, hosts)
  }

  const lastId = (copy: Copy, owner: PubkeyHex): string | undefined =>
    state.get().copyIds[`${copy.format}:${owner}`]

  const hasContent = (copy: Copy, owner: PubkeyHex, hosts: readonly CopiedHost[]): boolean => {
    const trial = copy.build({ owner, hosts, now: unixSeconds(env.clock) })
    return !trial.ok || !copy.isEmpty(trial.value)
  }

  /** Owners without a certificate hear nothing of the places for one. */
  const concerns = (copy: Copy, { owner, hosts, withdrawsCertificates }: CopyJob): boolean =>
    copy.carries === 'records' ||
    withdrawsCertificates === true ||
    lastId(copy, owner) !== undefined ||
    hasContent(copy, owner, hosts)

  const updateCopy = async (copy: Copy, job: CopyJob): Promise<CopyReport> => {
    const { owner, survey, signal, onReport } = job
    const { format } = copy
    const { kind, d } = slotAddress(format)
    const isEnabled = copy.isEnabled(deps.settings())
    const healthKey = `publish.guarded:${format}:${owner}`
    const report = (rest: Pick<CopyReport, 'state'> & Partial<CopyReport>): CopyReport => {
      const made: CopyReport = { format, kind, relays: [], ...rest }
      onReport(made)
      return made
    }
    const slot = survey.events.filter((event) => event.kind === kind && identifierOf(event) === d)
    const foreign = newestOf(slot.filter((event) => slotOwner([event], format) === 'foreign'))
    if (foreign !== undefined && isEnabled) {
      const problem = guardedProblem(format, foreign)
      health.raise(healthKey, 'warning', problem)
      return report({ state: 'guarded', problem })
    }
    health.clear(healthKey)
    if (foreign !== undefined || !isWanted(copy, job, slot)) return report({ state: 'skipped' })
    if (survey.reachedUrls.length === 0) return report({ state: 'queued', problem: unreached })

    // A copy switched off says nothing, like one whose hosts are all withdrawn.
    const signed = await sign(copy, isEnabled ? job : { ...job, hosts: [] }, slot)
    if (!signed.ok) return report({ state: 'failed', problem: signed.error })
    const event = signed.value
    await store.accept(event, 'local', { durable: true })
    const outcomes: PublishOutcome[] = []
    report({ state: 'queued', eventId: event.id })
    const final = await relays.publish(event, {
      urls: survey.reachedUrls,
      signal,
      onOutcome: (outcome) => {
        outcomes.push(outcome)
        report({ state: stateOf(outcomes, survey), eventId: event.id, relays: [...outcomes] })
      },
    })
    return report({ state: stateOf(final, survey), eventId: event.id, relays: final })
  }

  /** A copy that only the relay inside this program took is not out in the world yet. */
  const stateOf = (outcomes: readonly PublishOutcome[], survey: Survey): CopyReport['state'] => {
    const answered = copyState(outcomes)
    if (answered !== 'published') return answered
    const okUrls = outcomes.filter(({ outcome }) => outcome === 'ok').map(({ url }) => url)
    const asked = survey.askedUrls.map((url) => ({ url }))
    return countTakers(okUrls, asked, relays.health()) > 0 ? 'published' : 'queued'
  }

  const settle = async (owner: PubkeyHex, reports: readonly CopyReport[]): Promise<void> => {
    const isDue = reports.some(({ state: done }) => done === 'queued' || done === 'failed')
    await state.update((current) => {
      const others = current.copiesDue.filter((due) => due !== owner)
      return ok({ ...current, copiesDue: isDue ? [...others, owner] : others })
    })
  }

  return {
    async update(job) {
      const reports: CopyReport[] = []
      for (const copy of copies) {
        try {
          if (!concerns(copy, job)) continue
          reports.push(await updateCopy(copy, job))
        } catch (error) {
          log.warn('copy not written', { format: copy.format, reason: error })
          const problem: Problem = {
            code: 'publish.copy-failed',
            message: 'The compatibility copy could not be written.',
          }
          const { format } = copy
          const { kind } = slotAddress(format)
          reports.push({ format, kind, state: 'failed', problem, relays: [] })
        }
      }
      await settle(job.owner, reports)
      return reports
    },
  }
}
