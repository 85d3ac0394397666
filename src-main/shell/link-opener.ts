import type { NameEntry, ResolveReport, Snapshot } from '../../src-preload/contract/model.ts'
import type { Env, Unsubscribe } from '../env/env.ts'
import { fail, type Problem, type Result } from '../env/errors.ts'
import type { EngineProcess } from './engine-process.ts'
import { readLink } from './nostr-link.ts'
import type { StateMirror } from './state-mirror.ts'

export interface LinkOpener {
  /** Adds the name of a `nostr-dns:` link to the Names table and opens its details. */
  open(link: string): Promise<void>
  stop(): void
}

export interface LinkOpenerDeps {
  readonly engine: Pick<EngineProcess, 'call' | 'state' | 'onState'>
  readonly mirror: Pick<StateMirror, 'snapshot' | 'onChange'>
  /** Opens the Names screen, with the details of one row. */
  showNames(entryId?: string): void
  tell(problem: Problem): void
}

/** The engine may just be starting, together with the app that the link started. Milliseconds. */
const engineLimitMs = 30_000
/** The row of an answered name follows its answer closely. Milliseconds. */
const rowLimitMs = 3000

/** Opens links one after the other; a newer one takes the place of one that is still being opened. */
export function createLinkOpener(env: Env, deps: LinkOpenerDeps): LinkOpener {
  const { engine, mirror } = deps
  const log = env.log.child('links')
  let newest = 0
  let endWait: (() => void) | undefined

  /** Waits until `read` gives something, for `limitMs` at most; `undefined` also when superseded. */
  const until = <T>(
    read: () => T | undefined,
    listen: (check: () => void) => Unsubscribe,
    limitMs: number,
  ): Promise<T | undefined> => {
    const present = read()
    if (present !== undefined) return Promise.resolve(present)
    return new Promise((resolve) => {
      const finish = (value: T | undefined): void => {
        stopListening()
        stopTimer()
        if (endWait === giveUp) endWait = undefined
        resolve(value)
      }
      const giveUp = (): void => finish(undefined)
      const stopListening = listen(() => {
        const value = read()
        if (value !== undefined) finish(value)
      })
      const stopTimer = env.clock.schedule(limitMs, giveUp)
      endWait = giveUp
    })
  }

  const isRunning = (): Promise<true | undefined> =>
    until(
      () => (engine.state() === 'running' ? true : undefined),
      (check) => engine.onState(check),
      engineLimitMs,
    )

  const rowOf = (name: string, report: ResolveReport): Promise<string | undefined> =>
    until(
      () => findRow(mirror.snapshot(), name, report)?.id,
      (check) => mirror.onChange(check),
      rowLimitMs,
    )

  const refuse = (problem: Problem): void => {
    log.warn('link not opened', { code: problem.code })
    deps.tell(problem)
  }

  return {
    async open(text) {
      endWait?.()
      newest += 1
      const mine = newest
      const link = readLink(text)
      if (!link.ok) return refuse(link.error)
      const { name } = link.value
      deps.showNames()
      await isRunning()
      if (mine !== newest) return
      const reply: Result<ResolveReport> = await engine.call('names.resolve', { name, type: 'A' })
      if (mine !== newest) return
      if (!reply.ok) return refuse(reply.error)
      const row = await rowOf(name, reply.value)
      if (mine !== newest) return
      if (row === undefined) return refuse(notFound(reply.value))
      deps.showNames(row)
    },
    stop() {
      newest += 1
      endWait?.()
    },
  }
}

/** A row is called by the name first asked for, which need not be the one in the link. */
function findRow(
  snapshot: Snapshot | undefined,
  name: string,
  report: ResolveReport,
): NameEntry | undefined {
  const signers = new Set(report.steps.map((step) => step.signer))
  const rows = snapshot?.names ?? []
  return (
    rows.find((row) => name === row.name || name.endsWith(`.${row.name}`)) ??
    rows.find((row) => row.npub !== '' && (name.includes(row.npub) || signers.has(row.npub)))
  )
}

function notFound(report: ResolveReport): Problem {
  return fail(
    'link.not-found',
    'The name in that link could not be found.',
    report.ede?.text ?? 'Check that the whole link was copied.',
  ).error
}
