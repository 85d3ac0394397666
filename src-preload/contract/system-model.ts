/** What the operating system does with managed names, as front ends see it. Types only. */
import type { Problem } from '../../src-main/env/errors.ts'

export type ResolverBackend =
  /** systemd-resolved from 258. */
  | 'dns-delegate'
  /** systemd-resolved 252 to 257: a network link of our own. */
  | 'own-link'
  /** systemd-resolved 246 to 251: a drop-in for the whole computer. */
  | 'global-drop-in'
  | 'nm-dnsmasq'
  | 'dnsmasq'
  /** macOS. */
  | 'resolver-files'
  /** Windows. */
  | 'nrpt'

/** What turning it on would do, to be shown before anybody is asked for a password. */
export interface SystemPlan {
  readonly backend: ResolverBackend
  /** For people: `systemd 257, own link`. */
  readonly title: string
  readonly suffixes: readonly string[]
  /** Where the operating system will send questions: always 127.0.0.1. */
  readonly port: number
  readonly files: readonly { readonly path: string; readonly content: string }[]
  /** What runs after the files are written. */
  readonly commands: readonly string[]
  /** What undoing it runs and removes. */
  readonly undo: readonly string[]
  /** The same, to be typed by hand: one command a line. */
  readonly byHand: string
  /** A sentence the user must have read first, where the mechanism has a price. */
  readonly consent?: string
}

/** The states of the operating system's configuration. Only a canary that came back makes it `on`. */
export type SystemState =
  /** Not looked at yet. */
  | 'unknown'
  | 'off'
  /** The administrator's prompt is open. */
  | 'asking'
  | 'on'
  /** Configured, but our server does not listen: managed names fail, others are unaffected. */
  | 'paused'
  /** Configured and listening, yet the canary did not come back. */
  | 'not-working'
  /** Our file was edited, or written with other settings. */
  | 'changed'
  /** A foreign file stands where ours must be. */
  | 'conflict'
  | 'unsupported'

export interface SystemView {
  readonly state: SystemState
  /** `systemd 257, own link`. */
  readonly title?: string
  readonly suffixes: readonly string[]
  /** Why it does not work, in plain words, with the next step as its hint. */
  readonly reason?: Problem
  /** What turning it on does here; absent where it is not possible. */
  readonly plan?: SystemPlan
  /** What undoing it runs and removes now; absent when there is nothing of ours. */
  readonly undo?: readonly string[]
  /** How the last attempt ended, when it did not succeed. */
  readonly lastAttempt?: {
    readonly verb: 'install' | 'uninstall'
    readonly outcome: 'cancelled' | 'no-prompt' | 'failed'
    readonly problem: Problem
    /** To be typed in a terminal instead. */
    readonly command?: string
  }
  readonly checkedAtMs?: number
}

/** The mDNS responder: names on the local network. */
export interface MdnsView {
  readonly state: 'off' | 'running' | 'failed'
  readonly problem?: Problem
  readonly interfaces: readonly { readonly name: string; readonly addresses: readonly string[] }[]
  readonly names: readonly {
    /** `npub1….local`, lower-case. */
    readonly name: string
    readonly state: 'probing' | 'announced' | 'conflict'
    readonly detail?: string
  }[]
}
