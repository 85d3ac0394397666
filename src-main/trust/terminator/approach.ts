import type { Result } from '../../env/errors.ts'
import type { PubkeyHex } from '../../names/name.ts'
import { isPrivateAddress } from '../../systems/address-filter.ts'
import type { PinDecision, PinnedName, PinPolicy } from '../pin-policy.ts'
import type { ProxyTarget } from '../proxy/connect-target.ts'
import { type Block, blockOfDecision } from './block.ts'

/** How a server is found; shared by tunnels and plain http. */
export interface AddressDeps {
  /** The addresses the owner signed for `domain`, as literals. */
  resolve(domain: string, signal: AbortSignal): Promise<Result<readonly string[]>>
  /** Whether `owner` may point at private addresses: the user's own and allowed keys. */
  allowsPrivate(owner: PubkeyHex): boolean
  /** Whether this program itself listens there, in the place of servers; nowhere unless given. */
  leadsBack?(address: string, port: number): boolean
}

export interface ApproachDeps extends AddressDeps {
  readonly pins: PinPolicy
  /** Whether a certificate may vouch for itself when relays cannot be asked. */
  readonly readsStaples: boolean
  /** Whether a server may prove itself by having the Nostr key of `name` as its TLS key. */
  mayBeAlt(name: PinnedName): boolean
}

/** What is known about a server before anything is said to it. */
export type Approach =
  | {
      readonly kind: 'known'
      readonly decision: PinDecision
      /** Addresses that may be dialled, at least one. */
      readonly addresses: readonly string[]
    }
  | { readonly kind: 'blocked'; readonly decision: PinDecision; readonly block: Block }

/** Decides and finds the address, both at once. */
export async function approach(
  deps: ApproachDeps,
  target: ProxyTarget,
  signal: AbortSignal,
): Promise<Approach> {
  const [decision, addresses] = await Promise.all([
    deps.pins.decide(target.name, target.port, signal),
    usableAddresses(deps, target, signal),
  ])
  const blocked = (block: Block): Approach => ({ kind: 'blocked', decision, block })
  const early = blockOfDecision(decision)
  if (early !== undefined && !mayProveItself(deps, decision, target.name)) return blocked(early)
  if (!addresses.ok) return blocked(early ?? addresses.block)
  return { kind: 'known', decision, addresses: addresses.value }
}

/** Only the lack of any word leaves room for a proof that the server brings along. */
function mayProveItself(deps: ApproachDeps, { kind }: PinDecision, name: PinnedName): boolean {
  if (kind === 'cannot-check') return deps.readsStaples || deps.mayBeAlt(name)
  return kind === 'no-certificate' && deps.mayBeAlt(name)
}

/**
 * The addresses of `target` that may be dialled. Through a proxy a browser cannot see the address, so
 * that keeping strangers' names out of the local network is up to this check alone
 * (specs: tls-trust s.6, rebinding).
 */
export async function usableAddresses(
  deps: AddressDeps,
  { domain, name, port }: ProxyTarget,
  signal: AbortSignal,
): Promise<
  | { readonly ok: true; readonly value: readonly string[] }
  | { readonly ok: false; readonly block: Block }
> {
  const addresses = await deps.resolve(domain, signal)
  const unreachable = (reason: string) =>
    ({ ok: false, block: { kind: 'unreachable', reason } }) as const
  if (!addresses.ok) return unreachable(addresses.error.message)
  const [first] = addresses.value
  if (first === undefined) return unreachable('its owner gives no address')
  const allowed = deps.allowsPrivate(name.owner)
    ? addresses.value
    : addresses.value.filter((address) => !isPrivateAddress(address))
  if (allowed.length === 0) {
    return { ok: false, block: { kind: 'private-address', address: first } }
  }
  // Dialling ourselves would go round in circles.
  const value = allowed.filter((address) => deps.leadsBack?.(address, port) !== true)
  return value.length > 0
    ? { ok: true, value }
    : unreachable(`its address is this computer, whose port ${port} is Nostr DNS itself`)
}
