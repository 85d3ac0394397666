import { networkInterfaces } from 'node:os'
import type { SystemView } from '../../../src-preload/contract/system-model.ts'
import type { Env, Unsubscribe } from '../../env/env.ts'
import { fail, ok, type Problem, type Result } from '../../env/errors.ts'
import { repeat } from '../../env/repeat.ts'
import { elevatedCommand } from '../elevated/elevated-command.ts'
import { readOutcome, type ElevatedOutcome } from '../elevated/elevated-outcome.ts'
import type { Exec } from '../exec.ts'
import { ownLinkName } from '../own-link.ts'
import type { Canary } from './canary.ts'
import { sendCanary, systemLookup, type SystemLookup } from './canary-check.ts'
import { gatherFacts } from './gather-facts.ts'
import {
  chooseElevation,
  findInstalledHelper,
  helperScript,
  installedHelper,
} from './helper-call.ts'
import { refusalProblem } from './helper-refusal.ts'
import { helperWords, type HelperRequest } from './helper-words.ts'
import { canarySuffix, judgeView, type Findings } from './judge-view.ts'
import { readInstalled } from './read-installed.ts'
import type { ResolverConfig, ResolverWish } from './resolver-config.ts'
import { planSystem, undoByHand, undoSteps } from './system-plan.ts'

export interface ResolverConfigDeps {
  readonly exec: Exec
  readonly platform: NodeJS.Platform
  readonly isAdministrator: boolean
  /** Absolute path of PowerShell, on Windows. */
  readonly powershell: string
  /** What the system is to be told, by the settings and listeners of this moment. */
  readonly wish: () => ResolverWish
  /** Port on which the split listener listens on 127.0.0.1; undefined while it does not. */
  readonly listeningPort: () => number | undefined
  /** Whether managed names are answered at all: the toggle. */
  readonly isEnabled: () => boolean
  /** The one whose `answersCanary` the name server asks. */
  readonly canary: Canary
  /** Folder that stands for `/`; tests have their own. */
  readonly systemRoot?: string
  readonly lookup?: SystemLookup
  readonly interfaces?: () => Interfaces
}

type Interfaces = ReturnType<typeof networkInterfaces>

/** How often the addresses of this computer are compared. Milliseconds. */
const networkCheckMs = 10_000

export function createResolverConfig(env: Env, deps: ResolverConfigDeps): ResolverConfig {
  const { exec, platform } = deps
  const log = env.log.child('system')
  const place = { platform, exec, systemRoot: deps.systemRoot ?? '/' }
  const lookup = deps.lookup ?? systemLookup
  const interfaces = deps.interfaces ?? networkInterfaces
  const listeners = new Set<() => void>()
  let seen: SystemView = { state: 'unknown', suffixes: deps.wish().suffixes }
  let lastAttempt: SystemView['lastAttempt']
  let isChanging = false
  let isAsking = false
  let looking: Promise<SystemView> | undefined
  let found: Findings | undefined
  let stopWatching: Unsubscribe | undefined
  let stopping = new AbortController()

  const view = (): SystemView => ({
    ...seen,
    ...(isAsking && { state: 'asking' }),
    ...(lastAttempt !== undefined && { lastAttempt }),
  })
  const changed = (): void => {
    for (const listener of listeners) listener()
  }

  const find = async (): Promise<Findings> => {
    const facts = await gatherFacts(place)
    const wish = deps.wish()
    const findings: Findings = {
      facts,
      wish,
      plan: planSystem(facts, wish),
      files: await readInstalled(place),
      listeningPort: deps.listeningPort(),
      isEnabled: deps.isEnabled(),
    }
    const suffix = canarySuffix(findings)
    if (suffix === undefined) return findings
    const way = { ask: lookup, suffix }
    return { ...findings, canary: await sendCanary(env.clock, deps.canary, way, stopping.signal) }
  }

  const lookNow = async (): Promise<SystemView> => {
    const before = [seen.state, seen.reason?.code].join()
    found = await find()
    seen = { ...judgeView(found), checkedAtMs: env.clock.nowMs() }
    if (lastAttempt !== undefined && isReached(lastAttempt.verb, seen)) lastAttempt = undefined
    if ([seen.state, seen.reason?.code].join() !== before) {
      log.info('split DNS', { state: seen.state, title: seen.title, why: seen.reason?.code })
    }
    changed()
    return view()
  }
  const look = (): Promise<SystemView> => {
    looking ??= lookNow().finally(() => (looking = undefined))
    return looking
  }
  /** Like `look`, but nothing seen before this call counts. */
  const lookAfresh = async (): Promise<SystemView> => {
    await looking?.catch(() => undefined)
    return look()
  }

  /** Runs the helper as administrator. */
  const elevate = async (request: HelperRequest): Promise<ElevatedOutcome> => {
    const elevation = chooseElevation({
      platform,
      isAdministrator: deps.isAdministrator,
      powershell: deps.powershell,
      installed: platform === 'linux' ? await findInstalledHelper(place.systemRoot) : undefined,
    })
    isAsking = true
    changed()
    try {
      const result = await exec(elevatedCommand(helperScript(platform, request), elevation))
      return readOutcome(elevation.by, result)
    } finally {
      isAsking = false
    }
  }

  const attempt = async (
    request: HelperRequest,
    isDone: (view: SystemView) => boolean,
    byHand: string,
  ): Promise<Result<SystemView>> => {
    lastAttempt = undefined
    const outcome = await elevate(request)
    // Whatever was said about it: only what can be seen counts.
    const after = await lookAfresh()
    const problem = problemOf(request.verb, outcome, deps.wish())
    const isRefusal = outcome.kind === 'cancelled' || outcome.kind === 'no-prompt'
    if (isDone(after) && !isRefusal) return ok(after)
    log.warn('split DNS was not changed', { verb: request.verb, why: problem.code })
    lastAttempt = {
      verb: request.verb,
      outcome:
        outcome.kind === 'cancelled' || outcome.kind === 'no-prompt' ? outcome.kind : 'failed',
      problem,
      command: byHand,
    }
    changed()
    return { ok: false, error: problem }
  }

  /** One change at a time. */
  const exclusively = async (
    change: () => Promise<Result<SystemView>>,
  ): Promise<Result<SystemView>> => {
    if (isChanging) return busy
    isChanging = true
    try {
      return await change()
    } finally {
      isChanging = false
    }
  }

  const plan: ResolverConfig['plan'] = async () => planSystem(await gatherFacts(place), deps.wish())

  const install = async (): Promise<Result<SystemView>> => {
    const before = await lookAfresh()
    const planned = found?.plan ?? (await plan())
    if (!planned.ok) return planned
    if (before.state === 'conflict' && before.reason !== undefined) {
      return { ok: false, error: before.reason }
    }
    // Nothing to write means no prompt, even if it does not work for another reason.
    const installed = found?.files.installed
    const isSameBackend = installed?.kind === 'ours' && installed.backend === planned.value.backend
    if (isInstalled(before) && (before.state !== 'not-working' || isSameBackend)) return ok(before)
    const { backend, port, suffixes, byHand } = planned.value
    const request = { verb: 'install', backend, wish: { port, suffixes } } as const
    return attempt(request, isInstalled, await commandFor(request, byHand))
  }

  const uninstall = async (): Promise<Result<SystemView>> => {
    const before = await lookAfresh()
    // Nothing of ours means no prompt.
    if (found === undefined || found.files.installed.kind === 'absent') return ok(before)
    const steps = undoSteps(found.facts, found.files, before.plan)
    const byHand = undoByHand(found.facts, steps)
    const request = { verb: 'uninstall' } as const
    return attempt(request, isAbsent, await commandFor(request, byHand))
  }

  return {
    view,
    // One under way may have looked before whatever made the caller ask.
    look: lookAfresh,
    plan,
    install: () => exclusively(install),
    uninstall: () => exclusively(uninstall),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async start() {
      stopping = new AbortController()
      let before = signature(interfaces())
      let isSettling = false
      stopWatching = repeat(env.clock, networkCheckMs, () => {
        const now = signature(interfaces())
        const hasChanged = now !== before
        before = now
        // Once more after a change: addresses come first, servers and routes later.
        if (hasChanged || isSettling) lookQuietly()
        isSettling = hasChanged
      })
      lookQuietly()
    },
    async stop() {
      stopWatching?.()
      stopping.abort()
      await looking?.catch(() => undefined)
    },
  }

  function lookQuietly(): void {
    look().catch((error: unknown) => log.error('looking at split DNS failed', { error }))
  }

  /** To be typed in a terminal: the installed helper where there is one, else the steps themselves. */
  async function commandFor(request: HelperRequest, byHand: string): Promise<string> {
    if (platform !== 'linux') return byHand
    const installed = await findInstalledHelper(place.systemRoot)
    if (installed === undefined) return byHand
    return ['sudo', installedHelper, ...helperWords(request)].join(' ')
  }
}

const busy = fail('system.busy', 'The administrator is being asked already.', 'Answer the prompt.')

function isInstalled({ state }: SystemView): boolean {
  return state === 'on' || state === 'paused' || state === 'not-working'
}

/** Whether what an attempt did not bring about has come about otherwise, as by hand. */
function isReached(verb: HelperRequest['verb'], view: SystemView): boolean {
  if (verb === 'uninstall') return isAbsent(view)
  return view.state === 'on' || view.state === 'paused'
}

function isAbsent({ state }: SystemView): boolean {
  return state === 'off' || state === 'unsupported' || state === 'conflict'
}

function problemOf(
  verb: HelperRequest['verb'],
  outcome: ElevatedOutcome,
  wish: ResolverWish,
): Problem {
  switch (outcome.kind) {
    case 'done':
      return {
        code: 'system.verify-failed',
        message: 'The administrator’s step reported success, but the change is not there.',
        hint: 'Look again, then try once more.',
      }
    case 'refused':
      return refusalProblem(verb, outcome, wish)
    case 'cancelled':
    case 'no-prompt':
    case 'failed':
      return outcome.problem
  }
}

/** Our own link does not count: it comes and goes with the configuration. */
function signature(found: Interfaces): string {
  return JSON.stringify(
    Object.entries(found)
      .filter(([name]) => name !== ownLinkName)
      .map(([name, addresses]) => [name, addresses?.map(({ cidr }) => cidr)]),
  )
}
