/**
 * What the tray shows, as a pure function of what is known: icon state, tooltip, menu. `tray.ts`
 * hands it to Electron.
 */
import type { NameEntry, Snapshot } from '../../src-preload/contract/model.ts'
import type { SystemState } from '../../src-preload/contract/system-model.ts'
import type { EngineProcessState } from '../../src-preload/contract/replies.ts'
import type { Problem } from '../env/errors.ts'

export type TrayIconState = 'on' | 'off' | 'problem'

/** Screens of the window that the tray leads to. */
export type TrayScreen = 'overview' | 'names' | 'publish' | 'keys'

/** What clicking a menu item asks for. */
export type TrayAction =
  | { readonly type: 'set-enabled'; readonly enabled: boolean }
  | { readonly type: 'publish-address' }
  | { readonly type: 'open'; readonly screen?: TrayScreen; readonly entryId?: string }
  | { readonly type: 'open-address'; readonly address: string }
  | { readonly type: 'quit' }

export type TrayMenuItem =
  | { readonly kind: 'separator' }
  | { readonly kind: 'text'; readonly label: string }
  | { readonly kind: 'submenu'; readonly label: string; readonly items: readonly TrayMenuItem[] }
  | {
      readonly kind: 'action'
      readonly label: string
      readonly isEnabled: boolean
      readonly action: TrayAction
    }
  | {
      readonly kind: 'checkbox'
      readonly label: string
      readonly isChecked: boolean
      readonly isEnabled: boolean
      readonly action: TrayAction
    }

export interface TrayFacts {
  readonly engine: EngineProcessState
  /** Why `engine` is `failed`. */
  readonly problem?: Problem | undefined
  /** The last known state; absent until the engine first ran. */
  readonly snapshot: Snapshot | undefined
  /** What the user just chose and the engine has not confirmed yet. */
  readonly predictedEnabled: boolean | undefined
  readonly isPublishing: boolean
}

export interface TrayView {
  readonly icon: TrayIconState
  readonly tooltip: string
  readonly menu: readonly TrayMenuItem[]
}

const recentNamesShown = 8
const longestName = 44
const longestSentence = 90

/** Everything the tray shows for `facts`. */
export function trayView(facts: TrayFacts): TrayView {
  const status = statusLine(facts)
  return {
    icon: iconState(facts),
    tooltip: `Nostr DNS\n${status}`,
    menu: [
      {
        kind: 'checkbox',
        label: 'Resolve .nostr names',
        isChecked: isShownOn(facts),
        isEnabled: facts.engine === 'running' && facts.snapshot !== undefined,
        action: { type: 'set-enabled', enabled: !isShownOn(facts) },
      },
      { kind: 'text', label: status },
      systemItem(facts),
      { kind: 'separator' },
      publishItem(facts),
      recentItem(facts.snapshot),
      windowItem(facts),
      { kind: 'separator' },
      { kind: 'action', label: 'Open Nostr DNS', isEnabled: true, action: { type: 'open' } },
      { kind: 'action', label: 'Quit', isEnabled: true, action: { type: 'quit' } },
    ],
  }
}

function isShownOn({ engine, snapshot, predictedEnabled }: TrayFacts): boolean {
  return engine === 'running' && (predictedEnabled ?? snapshot?.resolver.enabled ?? false)
}

function iconState(facts: TrayFacts): TrayIconState {
  if (facts.engine === 'failed' || facts.engine === 'restarting') return 'problem'
  if (!isShownOn(facts)) return 'off'
  const isBroken = brokenSystem[facts.snapshot?.system.state ?? 'unknown'] !== undefined
  return isBroken || errorsOf(facts.snapshot).length > 0 ? 'problem' : 'on'
}

function errorsOf(snapshot: Snapshot | undefined): readonly string[] {
  return (snapshot?.health ?? [])
    .filter((item) => item.severity === 'error')
    .map((item) => item.message)
}

function statusLine(facts: TrayFacts): string {
  switch (facts.engine) {
    case 'starting':
      return 'Starting…'
    case 'restarting':
      return 'Restarting after a fault…'
    case 'failed':
      return sentence(facts.problem?.message ?? 'Could not start')
    case 'stopped':
      return 'Stopped'
    case 'running':
      return runningLine(facts)
  }
}

function runningLine(facts: TrayFacts): string {
  const { snapshot } = facts
  if (snapshot === undefined) return 'Starting…'
  if (!isShownOn(facts)) return 'Off: .nostr names are not answered'
  const [error] = errorsOf(snapshot)
  if (error !== undefined) return sentence(error)
  const { state, reason } = snapshot.system
  const broken = brokenSystem[state]
  if (broken !== undefined) return sentence(reason?.message ?? broken)
  const connected = snapshot.relays.filter((relay) => relay.state === 'connected').length
  const parts = [
    state === 'on' ? 'On everywhere' : 'On',
    `${connected} of ${counted(snapshot.relays.length, 'relay')}`,
  ]
  if (snapshot.names.length > 0) parts.push(counted(snapshot.names.length, 'name'))
  if (snapshot.publish.queued > 0) parts.push(`${snapshot.publish.queued} waiting to publish`)
  return parts.join(' · ')
}

/** What the status line says while the operating system's part, once turned on, does not work. */
const brokenSystem: Partial<Readonly<Record<SystemState, string>>> = {
  paused: 'Paused: programs cannot open .nostr names at the moment',
  'not-working': 'Programs cannot open .nostr names: the resolver does not reach us',
  changed: 'Somebody edited the resolver’s settings for .nostr names',
  conflict: 'Another file is in the way of the resolver’s settings for .nostr names',
}

const systemLabels: Readonly<Record<SystemState, string>> = {
  unknown: 'Open .nostr names everywhere…',
  off: 'Open .nostr names everywhere…',
  asking: 'Waiting for your permission…',
  on: '.nostr names open everywhere…',
  paused: '.nostr names are paused…',
  'not-working': '.nostr names do not open everywhere…',
  changed: '.nostr names do not open everywhere…',
  conflict: '.nostr names do not open everywhere…',
  unsupported: 'Where .nostr names open…',
}

/**
 * Leads to the panel of the operating system's part, and never further: whatever needs the
 * administrator starts there, after its preview.
 */
function systemItem({ engine, snapshot }: TrayFacts): TrayMenuItem {
  return {
    kind: 'action',
    label: systemLabels[snapshot?.system.state ?? 'unknown'],
    isEnabled: engine === 'running' && snapshot !== undefined,
    action: { type: 'open', screen: 'overview' },
  }
}

function publishItem({ engine, snapshot, isPublishing }: TrayFacts): TrayMenuItem {
  const identity = snapshot?.keys.identities.find((candidate) => candidate.isDefault)
  if (identity === undefined) {
    return {
      kind: 'action',
      label: 'Publish my address…',
      isEnabled: engine === 'running',
      action: { type: 'open', screen: 'publish' },
    }
  }
  if (identity.isLocked) {
    return {
      kind: 'action',
      label: 'Unlock keys to publish…',
      isEnabled: engine === 'running',
      action: { type: 'open', screen: 'keys' },
    }
  }
  return {
    kind: 'action',
    label: isPublishing ? 'Publishing my address…' : 'Publish my address now',
    isEnabled: engine === 'running' && !isPublishing,
    action: { type: 'publish-address' },
  }
}

function recentNames(snapshot: Snapshot | undefined): readonly NameEntry[] {
  return [...(snapshot?.names ?? [])].toSorted((a, b) => b.lastAskedMs - a.lastAskedMs)
}

function recentItem(snapshot: Snapshot | undefined): TrayMenuItem {
  const recent = recentNames(snapshot).slice(0, recentNamesShown)
  const items: readonly TrayMenuItem[] =
    recent.length === 0
      ? [{ kind: 'text', label: 'No name has been asked for yet' }]
      : recent.map((entry) => ({
          kind: 'action',
          label: nameLabel(entry),
          isEnabled: true,
          action: { type: 'open', screen: 'names', entryId: entry.id },
        }))
  return { kind: 'submenu', label: 'Recent names', items }
}

/** Names of keys that were asked for: the window judges servers by their owner's key. */
function windowItem({ engine, snapshot }: TrayFacts): TrayMenuItem {
  const items = recentNames(snapshot)
    .filter(({ npub, state }) => npub.startsWith('npub1') && state !== 'nxdomain')
    .slice(0, recentNamesShown)
    .map((entry): TrayMenuItem => ({
      kind: 'action',
      label: shortened(entry.alias ?? addressOf(entry)),
      isEnabled: engine === 'running',
      action: { type: 'open-address', address: addressOf(entry) },
    }))
  const none: TrayMenuItem = { kind: 'text', label: 'No name has been asked for yet' }
  return {
    kind: 'submenu',
    label: 'Open in .nostr window',
    items: items.length === 0 ? [none] : items,
  }
}

/** The name as it was asked for where that names the key itself, else the key's own name. */
function addressOf({ name, npub }: NameEntry): string {
  return name.includes(npub) ? name : `${npub}.nostr`
}

function nameLabel(entry: NameEntry): string {
  const name = shortened(entry.alias ?? entry.name)
  const address = entry.records.find((record) => record.type === 'A' || record.type === 'AAAA')
  if (entry.state === 'failed') return `${name}: failed`
  if (entry.state === 'nxdomain') return `${name}: does not exist`
  return address === undefined ? name : `${name}: ${address.rdata}`
}

/** Long npub names keep both ends: that is what people compare. */
function shortened(text: string): string {
  if (text.length <= longestName) return text
  return `${text.slice(0, longestName - 16)}…${text.slice(-15)}`
}

function sentence(text: string): string {
  return text.length <= longestSentence ? text : `${text.slice(0, longestSentence - 1)}…`
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
