import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { Env } from '../../env/env.ts'
import type { AddressReport, AddressSighting } from '../publisher.ts'
import type { AddressSource } from './address-source.ts'
import { agreeOnV4, agreeOnV6 } from './agree.ts'
import type { InterfaceAddress, ListInterfaces } from './interface-addresses.ts'

/** How long one source may take. Milliseconds. */
const sourceTimeoutMs = 3000

export interface DetectDeps {
  readonly sources: readonly AddressSource[]
  readonly listInterfaces: ListInterfaces
  readonly isPublic: (address: string) => boolean
}

/**
 * Asks every source at once and says what each answered, and what they agree on. Never rejects: a
 * source that fails is a sighting with an `error`.
 */
export async function detectAddress(
  env: Env,
  { sources, listInterfaces, isPublic }: DetectDeps,
  signal: AbortSignal,
): Promise<AddressReport> {
  const [interfaces, ...sightings] = await Promise.all([
    listInterfaces(),
    ...sources.map((source) => look(env, source, isPublic, signal)),
  ])
  const all = [...sightings, ...sightingsOf(interfaces, isPublic)]
  const v4 = agreeOnV4(all)
  const v6 = agreeOnV6(all, interfaces)
  return {
    sightings: all,
    ...(v4 !== undefined && { v4 }),
    ...(v6 !== undefined && { v6 }),
    atMs: env.clock.nowMs(),
  }
}

async function look(
  env: Env,
  source: AddressSource,
  isPublic: (address: string) => boolean,
  signal: AbortSignal,
): Promise<AddressSighting> {
  const { name, method, family } = source
  const expiry = new AbortController()
  const cancelTimer = env.clock.schedule(sourceTimeoutMs, () => expiry.abort())
  const either = AbortSignal.any([signal, expiry.signal])
  try {
    const text = await Promise.race([source.find(either), rejectOnAbort(either)])
    const checked = checkAddress(text, family, isPublic)
    return { source: name, method, family, ...checked }
  } catch (thrown) {
    const error = signal.aborted
      ? 'cancelled'
      : expiry.signal.aborted
        ? `no answer within ${sourceTimeoutMs / 1000} s`
        : plainReason(thrown)
    return { source: name, method, family, error }
  } finally {
    cancelTimer()
  }
}

/** Not every step of a source can be cancelled: the operating system's name look-up cannot. */
function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const onAbort = (): void => reject(new Error('aborted'))
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
}

function checkAddress(
  text: string,
  family: 4 | 6,
  isPublic: (address: string) => boolean,
): { address: string } | { error: string } {
  if (isIP(text) === 0) return { error: 'the answer is not an IP address' }
  if (isIP(text) !== family || text.includes('%')) {
    return { error: `answered ${text}, which is not an IPv${family} address` }
  }
  const address = ipaddr.parse(text).toString()
  return isPublic(address)
    ? { address }
    : { error: `answered ${address}, which is not a public address` }
}

/** Public addresses only: the others say nothing about how the world reaches this computer. */
function sightingsOf(
  interfaces: readonly InterfaceAddress[],
  isPublic: (address: string) => boolean,
): readonly AddressSighting[] {
  return interfaces
    .filter(({ address }) => isPublic(address))
    .map(({ interfaceName, family, address }) => ({
      source: interfaceName,
      method: 'interface',
      family,
      address,
    }))
}

/** Node's network errors in words; anything else as it is. */
function plainReason(thrown: unknown): string {
  const { code, message } = thrown as { code?: unknown; message?: unknown }
  const words: Readonly<Record<string, string>> = {
    ENOTFOUND: 'no such host, or no address of this IP version',
    EAI_AGAIN: 'the name could not be resolved just now',
    ECONNREFUSED: 'connection refused',
    ECONNRESET: 'connection reset',
    ENETUNREACH: 'network unreachable',
    EHOSTUNREACH: 'host unreachable',
    EADDRNOTAVAIL: 'this computer has no address of this IP version',
    ETIMEDOUT: 'timed out',
  }
  return words[String(code)] ?? String(message ?? thrown)
}
