import type { MdnsView } from '../../src-preload/contract/system-model.ts'
import type { Unsubscribe } from '../env/env.ts'
import type { Service } from '../env/service.ts'
import type { PubkeyHex } from '../names/name.ts'

export interface MdnsSettings {
  /** Announce the user's own names on the local network. */
  readonly enabled: boolean
  /** Answer this computer, and only it, for any npub from its published record. */
  readonly answerForOthers: boolean
}

export interface MdnsDeps {
  readonly settings: () => MdnsSettings
  readonly onSettings: (listener: () => void) => Unsubscribe
  /** The user's own identities, with the hosts below each that are announced too. */
  readonly ownNames: () => readonly {
    readonly npub: string
    readonly hosts: readonly string[]
  }[]
  readonly onOwnNames: (listener: () => void) => Unsubscribe
  /** Published addresses of somebody's host (`@` is the apex); undefined when there are none. */
  readonly lookup: (
    owner: PubkeyHex,
    host: string,
    family: 4 | 6,
    signal: AbortSignal,
  ) => Promise<readonly { readonly address: string; readonly ttl: number }[] | undefined>
}

/** Multicast DNS (RFC 6762) for `npub1….local`. */
export interface MdnsResponder extends Service {
  view(): MdnsView
  onChange(listener: () => void): Unsubscribe
}
