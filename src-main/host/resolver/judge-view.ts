import type { SystemPlan, SystemView } from '../../../src-preload/contract/system-model.ts'
import type { Problem, Result } from '../../env/errors.ts'
import { backendTitle } from './choose-backend.ts'
import type { CanaryResult } from './canary-check.ts'
import type { InstalledFiles } from './installed.ts'
import type { ResolverWish } from './resolver-config.ts'
import type { SystemFacts } from './system-facts.ts'
import { undoSteps } from './system-plan.ts'

/** Everything one look at the system found out. */
export interface Findings {
  readonly facts: SystemFacts
  readonly plan: Result<SystemPlan>
  readonly wish: ResolverWish
  readonly files: InstalledFiles
  /** Port on which our split listener listens; undefined while it does not. */
  readonly listeningPort: number | undefined
  /** Whether managed names are answered at all: the toggle. */
  readonly isEnabled: boolean
  /** Absent when there was no reason to send one. */
  readonly canary?: CanaryResult
}

type Judged = Pick<SystemView, 'state' | 'title' | 'suffixes' | 'reason' | 'plan' | 'undo'>

/**
 * A suffix for canaries, if what is configured leads to where a listener of ours is, so that they
 * make sense.
 */
export function canarySuffix({ files, listeningPort }: Findings): string | undefined {
  const { installed } = files
  const isLedHere = installed.kind === 'ours' && installed.wish.port === listeningPort
  return isLedHere ? installed.wish.suffixes[0] : undefined
}

/** The state of s.6 of specs/resolver-config.md that `findings` amount to. Pure. */
export function judgeView(findings: Findings): Judged {
  const { facts, files, plan, wish } = findings
  const { installed } = files
  const shown: { readonly plan?: SystemPlan } = plan.ok ? { plan: plan.value } : {}
  if (installed.kind === 'absent')
    return { ...judgeAbsent(findings), suffixes: wish.suffixes, ...shown }
  const undo = undoSteps(facts, files, shown.plan)
  if (installed.kind === 'edited') {
    return {
      undo,
      state: 'changed',
      suffixes: wish.suffixes,
      reason: edited(installed.where),
      ...(plan.ok && { title: plan.value.title }),
      ...shown,
    }
  }
  const version = facts.platform === 'linux' ? facts.systemdVersion : undefined
  return {
    undo,
    ...judgeOurs(findings, installed.wish),
    title: backendTitle(installed.backend, version),
    suffixes: installed.wish.suffixes,
    ...shown,
  }
}

function judgeAbsent({ files, plan }: Findings): Pick<Judged, 'state' | 'title' | 'reason'> {
  if (!plan.ok) return { state: 'unsupported', reason: plan.error }
  const { title } = plan.value
  const inTheWay = plan.value.files.find(({ path }) => files.foreign.includes(path))
  if (inTheWay !== undefined) return { state: 'conflict', title, reason: conflict(inTheWay.path) }
  return { state: 'off', title }
}

function judgeOurs(findings: Findings, installed: ResolverWish): Pick<Judged, 'state' | 'reason'> {
  const { plan, wish, listeningPort, isEnabled, canary } = findings
  const wanted = plan.ok ? plan.value : wish
  if (installed.port !== wanted.port) {
    return { state: 'changed', reason: otherPort(installed.port, wanted.port) }
  }
  if ([...installed.suffixes].toSorted().join() !== [...wanted.suffixes].toSorted().join()) {
    return { state: 'changed', reason: otherSuffixes }
  }
  if (listeningPort !== installed.port) {
    return { state: 'paused', reason: notListening(installed.port) }
  }
  if (canary !== 'came-back') return { state: 'not-working', reason: lost(findings) }
  return isEnabled ? { state: 'on' } : { state: 'paused', reason: switchedOff }
}

/** Why the canary did not come back, as far as it can be known. */
function lost({ facts, plan, canary }: Findings): Problem {
  if (canary === 'answer-lost') return answerLost
  if (canary === 'foreign-answer') return foreignAnswer
  // The system itself changed since: its resolver is no longer the one that was told.
  if (!plan.ok) return plan.error
  if (facts.platform === 'win32' && facts.hasPolicyRules) return maskedByPolicy
  return {
    code: 'system.not-asked',
    message: 'The system’s resolver did not ask this app.',
    hint: whereToLook[facts.platform],
  }
}

const whereToLook: Readonly<Record<SystemFacts['platform'], string>> = {
  linux:
    'A VPN may have taken over all names, or the resolver was restarted without its settings. Check again, or undo it and turn it on anew.',
  darwin:
    'A VPN or iCloud Private Relay may have taken over all names. Switch it off to try, then check again.',
  win32: 'A VPN may have taken over all names. Disconnect it to try, then check again.',
  other: 'Check again.',
}

const answerLost: Problem = {
  code: 'system.answer-lost',
  message: 'The system’s resolver asked this app, but dropped the answer.',
  hint: 'A check of signatures (DNSSEC) or a filter against rebinding does that. Undo it and turn it on anew, which writes the exception for these names.',
}

const foreignAnswer: Problem = {
  code: 'system.foreign-answer',
  message: 'Another program or server answers for these names.',
  hint: 'A VPN, a filter or another resolver on this computer stands in between. Switch it off to try, then check again.',
}

const maskedByPolicy: Problem = {
  code: 'system.masked-by-policy',
  message: 'Rules of your organisation override the rule of this app.',
  hint: 'Ask the administrator of this computer. Browsers can use the automatic proxy setting instead.',
}

const switchedOff: Problem = {
  code: 'system.switched-off',
  message: 'Resolution is switched off, so these names do not open; other names are unaffected.',
  hint: 'Switch it on; this needs no permission.',
}

function notListening(port: number): Problem {
  return {
    code: 'system.not-listening',
    message: `Paused: nothing of this app listens on port ${port}, so these names fail; other names are unaffected.`,
    hint: 'Start the app, or free the port and restart it.',
  }
}

function otherPort(installed: number, wanted: number): Problem {
  return {
    code: 'system.other-settings',
    message: `The system asks at port ${installed}, but this app is to listen on port ${wanted}.`,
    hint: 'Rewrite it, or set the old port again.',
  }
}

const otherSuffixes: Problem = {
  code: 'system.other-settings',
  message: 'It was written for other suffixes than those chosen now.',
  hint: 'Rewrite it.',
}

function edited(where: string): Problem {
  return {
    code: 'system.edited',
    message: `It was edited, cut off or written by another version: ${where}.`,
    hint: 'Rewrite it, or undo it.',
  }
}

/** A foreign file stands where ours must be. */
export function conflict(path: string): Problem {
  return {
    code: 'system.conflict',
    message: `The file ${path} is not ours, so nothing was touched.`,
    hint: 'Move it away if nothing needs it, then look again.',
  }
}
