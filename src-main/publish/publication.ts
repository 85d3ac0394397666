import { unixSeconds, type Env } from '../env/env.ts'
import { fail, ok, toProblem, type Problem, type Result } from '../env/errors.ts'
import type { Keyring } from '../keys/keyring.ts'
import type { PubkeyHex } from '../names/name.ts'
import { identifierOf } from '../relays/event-address.ts'
import type {
  EventStore,
  PublishOutcome,
  RelayService,
  VerifiedEvent,
} from '../relays/relay-service.ts'
import { canonicalPrefix, kinds } from '../systems/nostr/kinds.ts'
import { buildCanonical, buildTombstone } from '../systems/nostr/write-events.ts'
import type { Copies } from './copies.ts'
import { nextCreatedAt } from './created-at.ts'
import { certificatesOf, withPinRecords } from './host-pins.ts'
import { heldHosts } from './held-hosts.ts'
import type { Outbox } from './outbox.ts'
import { withDelivery } from './outbox-state.ts'
import {
  addressOf,
  findHost,
  validityOf,
  withHost,
  withQueued,
  withSigned,
  type HostState,
  type StateDocument,
} from './publish-state.ts'
import type { CopyReport, PublishReport } from './publisher.ts'
import { newestOf, type Survey } from './survey.ts'
import { privateNotices } from './zone-records.ts'

export interface PublicationDeps {
  readonly keyring: Keyring
  readonly relays: RelayService
  readonly store: EventStore
  readonly state: StateDocument
  readonly copies: Copies
  readonly outbox: Outbox
  /** Called with every step of a running publication. */
  readonly onProgress: (report: PublishReport) => void
}

export interface PublicationJob {
  readonly owner: PubkeyHex
  /** The hosts as they shall be; all of them belong to `owner`. */
  readonly hosts: readonly HostState[]
  readonly survey: Survey
  readonly notices?: readonly Problem[]
  /** As in `CopyJob`. */
  readonly withdrawsCertificates?: boolean
  readonly signal: AbortSignal
}

/** Signs, saves and delivers hosts: the one way an event of ours comes into being. */
export interface Publication {
  /**
   * Fails, changing nothing, when signing or saving fails or `signal` fires before that. From then
   * on the publication stands: what could not be delivered is delivered later, also when `signal`
   * ends the wait for the relays.
   */
  publish(job: PublicationJob): Promise<Result<readonly PublishReport[]>>
}

interface Signed {
  readonly host: HostState
  readonly event: VerifiedEvent
}

export function createPublication(env: Env, deps: PublicationDeps): Publication {
  const { keyring, relays, store, state, copies, outbox, onProgress } = deps
  const log = env.log.child('publish')

  const sign = async (host: HostState, survey: Survey): Promise<Result<Signed>> => {
    const owner = host.pubkey
    const d = canonicalPrefix + host.host
    const published = survey.events.filter(
      (event) => event.kind === kinds.canonical && identifierOf(event) === d,
    )
    const createdAt = nextCreatedAt(unixSeconds(env.clock), [
      state.get().signedTimes[`${kinds.canonical}:${owner}:${d}`],
      await store.highWaterMark(kinds.canonical, owner, d),
      newestOf(published)?.created_at,
    ])
    if (!createdAt.ok) return createdAt
    const lifetime = validityOf(host)
    const input = { owner, host: host.host, now: createdAt.value, lifetime }
    const ready = host.isWithdrawn ? host : withPinRecords(host, createdAt.value)
    const template = ready.isWithdrawn
      ? buildTombstone(input)
      : buildCanonical({
          ...input,
          records: ready.records,
          certificates: certificatesOf(ready),
        })
    if (!template.ok) return template
    const event = await keyring.sign(owner, template.value)
    if (!event.ok) return event
    const times = { signedAt: createdAt.value, expiresAt: createdAt.value + lifetime }
    return ok({ host: { ...ready, ...times }, event: event.value })
  }

  const signAll = async (job: PublicationJob): Promise<Result<readonly Signed[]>> => {
    const signed: Signed[] = []
    for (const host of job.hosts) {
      const one = await sign(host, job.survey)
      if (!one.ok) return one
      signed.push(one.value)
      if (job.signal.aborted) return cancelled()
    }
    return ok(signed)
  }

  /** Everything that must not be lost goes to the disk in one step. */
  const save = (owner: PubkeyHex, signed: readonly Signed[]): Promise<Result<unknown>> =>
    state.update((current) => {
      let next = current
      for (const { host, event } of signed) {
        next = withQueued(withSigned(withHost(next, host), event), host.host, event)
      }
      const copiesDue = [...new Set([...next.copiesDue, owner])]
      return ok({ ...next, copiesDue })
    })

  const firstReport = ({ host, event }: Signed, job: PublicationJob): PublishReport => {
    const notices = [
      ...(job.notices ?? []),
      ...(host.isWithdrawn ? [] : privateNotices(host.pubkey, host.records)),
    ]
    return {
      pubkey: host.pubkey,
      host: host.host,
      atMs: env.clock.nowMs(),
      expiresAt: event.created_at + validityOf(host),
      copies: [
        { format: 'canonical', kind: event.kind, eventId: event.id, state: 'queued', relays: [] },
      ],
      state: 'queued',
      ...(notices.length > 0 && { notices }),
    }
  }

  const deliver = async (
    { event }: Signed,
    signal: AbortSignal,
    onAnswers: (outcomes: readonly PublishOutcome[], isRunning: boolean) => void,
  ): Promise<readonly PublishOutcome[]> => {
    const outcomes: PublishOutcome[] = []
    const final = await outbox.deliver(event, {
      signal,
      onOutcome: (outcome) => {
        outcomes.push(outcome)
        onAnswers([...outcomes], true)
      },
    })
    onAnswers(final, false)
    return final
  }

  const keepReports = async (reports: readonly PublishReport[]): Promise<void> => {
    const saved = await state.update((current) => {
      let next = current
      for (const report of reports) {
        const host = findHost(next, report.pubkey, report.host)
        if (host !== undefined) next = withHost(next, { ...host, lastPublished: report })
      }
      return ok(next)
    })
    if (!saved.ok) log.warn('report not kept', { code: saved.error.code })
  }

  const run = async (
    job: PublicationJob,
    signed: readonly Signed[],
  ): Promise<readonly PublishReport[]> => {
    const { owner, survey, signal, withdrawsCertificates = false } = job
    const reports = new Map(signed.map((one) => [one.host.host, firstReport(one, job)]))
    const change = (host: string, edit: (report: PublishReport) => PublishReport): void => {
      const report = reports.get(host)
      if (report === undefined) return
      const next = edit(report)
      reports.set(host, next)
      onProgress(next)
    }
    const showCopy = (copy: CopyReport): void => {
      for (const host of reports.keys()) {
        if (!isAbout(copy, host)) continue
        change(host, (report) => ({ ...report, copies: withCopy(report.copies, copy) }))
      }
    }
    for (const { host } of signed) change(host.host, (report) => report)
    const held = heldHosts(owner, state.get().hosts, survey.events, unixSeconds(env.clock))
    await Promise.all([
      copies.update({
        owner,
        hosts: [...held.values()],
        survey,
        withdrawsCertificates,
        signal,
        onReport: showCopy,
      }),
      ...signed.map((one) =>
        deliver(one, signal, (outcomes, isRunning) =>
          change(one.host.host, (report) =>
            withDelivery(report, one.event.id, {
              outcomes,
              health: relays.health(),
              nowMs: env.clock.nowMs(),
              random: env.random,
              isRunning,
            }),
          ),
        ),
      ),
    ])
    const final = [...reports.values()]
    await keepReports(final)
    return final
  }

  return {
    async publish(job) {
      if (job.signal.aborted) return cancelled()
      const signed = await signAll(job)
      if (!signed.ok) return signed
      const saved = await save(job.owner, signed.value)
      if (!saved.ok) return saved
      for (const { event } of signed.value) {
        try {
          await store.accept(event, 'local', { durable: true })
        } catch (error) {
          // The event is safe in the queue; only this computer's own answers are late.
          log.error('own event not stored', { address: addressOf(event), ...toProblem(error) })
        }
      }
      return ok(await run(job, signed.value))
    },
  }
}

/** The mirror speaks for all hosts; other copies for the apex only. */
export function isAbout({ format }: CopyReport, host: string): boolean {
  return host === '@' || format === 'canonical' || format === 'nodns-11111'
}

/** `copies` with `copy` in the place of the one of its format; the canonical one stays first. */
export function withCopy(copies: readonly CopyReport[], copy: CopyReport): readonly CopyReport[] {
  const index = copies.findIndex(({ format }) => format === copy.format)
  return index < 0 ? [...copies, copy] : copies.with(index, copy)
}

export function cancelled(): Result<never> {
  return fail('publish.cancelled', 'Publishing was cancelled; nothing was changed.')
}
