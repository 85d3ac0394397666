import type { Clock, UnixSeconds } from '../../env/env.ts'
import { unixSeconds } from '../../env/env.ts'
import type { Logger } from '../../env/logger.ts'
import type { Name, OwnerKey } from '../../names/name.ts'
import { parseName } from '../../names/parse-name.ts'
import type { NameSystem, Resolution } from '../../systems/name-system.ts'
import type { DnsName, ExtendedError, RecordType, ResourceRecord } from '../wire/message.ts'
import { extendedErrors, rcodes } from '../wire/message.ts'
import { nameKey } from '../wire/domain-name.ts'
import { withholdPrivate } from './filter-private.ts'
import { answerInvalid, answerSuffix, localSoa } from './local-zone.ts'
import type { Resolved, ResolutionStep } from './resolved.ts'

/** Aliases followed for one question; more is taken for a loop. */
const maxAliases = 8
/** Failures may be remembered for this long (RFC 2308 s.7 allows five minutes; users retry sooner). */
export const failureSeconds = 5

/** Public DNS data as an upstream gave it. */
export interface ForwardedRecords {
  readonly rcode: number
  readonly answers: readonly ResourceRecord[]
  readonly authorities: readonly ResourceRecord[]
  readonly ede?: ExtendedError
}

export interface ManagedAnswersDeps {
  readonly clock: Clock
  readonly log: Logger
  readonly systems: readonly NameSystem[]
  /** Whether private addresses reached through this owner's aliases are answered. */
  readonly allowsPrivate: (owner: OwnerKey) => boolean
  readonly isPrivateAddress: (address: string) => boolean
  /** Asks public DNS for the target of an alias. */
  readonly forward: (
    name: DnsName,
    type: RecordType,
    signal: AbortSignal,
  ) => Promise<ForwardedRecords>
}

export interface ManagedAnswers {
  /**
   * The answer for the managed name `qname`, aliases followed across owners, systems and into public
   * DNS. Never rejects: a bug in a system becomes SERVFAIL and a log line.
   */
  resolve(qname: DnsName, name: Name, type: RecordType, signal: AbortSignal): Promise<Resolved>
}

/** What accumulates along a chain of aliases. */
interface Chain {
  readonly answers: ResourceRecord[]
  readonly owners: Set<OwnerKey>
  readonly steps: ResolutionStep[]
  readonly visited: Set<string>
  readonly withheld: string[]
  validUntil: UnixSeconds
  ede: ExtendedError | undefined
}

type Tail = Pick<Resolved, 'rcode'> & { readonly authorities?: readonly ResourceRecord[] }
type Step = Tail | { readonly alias: DnsName }

export function createManagedAnswers(deps: ManagedAnswersDeps): ManagedAnswers {
  const { systems, clock, log } = deps

  const fail = (chain: Chain, ede: ExtendedError): Tail => {
    chain.answers.length = 0
    chain.ede = ede
    chain.validUntil = Math.min(chain.validUntil, unixSeconds(clock) + failureSeconds)
    return { rcode: rcodes.SERVFAIL }
  }

  const lookUp = async (
    chain: Chain,
    system: NameSystem,
    key: DnsName,
    name: Name,
    type: RecordType,
    signal: AbortSignal,
  ): Promise<Step> => {
    let resolution: Resolution
    try {
      resolution = await system.lookup(name, key, type, signal)
    } catch (error) {
      if (!signal.aborted) log.error('a name system failed', { system: system.id, error })
      return fail(chain, { code: extendedErrors.other, text: 'internal error' })
    }
    chain.steps.push({ source: 'system', system: system.id, name: key, type, resolution })
    if (resolution.provenance) chain.owners.add(resolution.provenance.owner)
    if (resolution.ede) chain.ede = resolution.ede
    if (resolution.kind !== 'failure') chain.withheld.push(...(resolution.withheld ?? []))
    switch (resolution.kind) {
      case 'failure':
        return fail(chain, resolution.ede)
      case 'nodata':
      case 'nxdomain':
        chain.validUntil = Math.min(chain.validUntil, resolution.validUntil)
        return {
          rcode: resolution.kind === 'nodata' ? rcodes.NOERROR : rcodes.NXDOMAIN,
          authorities: [resolution.soa],
        }
      case 'answer':
        chain.validUntil = Math.min(chain.validUntil, resolution.validUntil)
        chain.answers.push(...resolution.rrset)
        return { rcode: rcodes.NOERROR }
      case 'alias':
        chain.validUntil = Math.min(chain.validUntil, resolution.validUntil)
        chain.answers.push(...resolution.rrset)
        return type === 'CNAME' ? { rcode: rcodes.NOERROR } : { alias: resolution.target }
    }
  }

  /** The end of a chain that left the managed names. */
  const askPublic = async (
    chain: Chain,
    key: DnsName,
    type: RecordType,
    signal: AbortSignal,
  ): Promise<Tail> => {
    let found: ForwardedRecords
    try {
      found = await deps.forward(key, type, signal)
    } catch (error) {
      if (!signal.aborted) log.error('forwarding an alias failed', { error })
      return fail(chain, { code: extendedErrors.networkError, text: 'alias target not reached' })
    }
    const isExempt = chain.owners.size > 0 && [...chain.owners].every(deps.allowsPrivate)
    const { records, withheld } = isExempt
      ? { records: found.answers, withheld: [] }
      : withholdPrivate(found.answers, deps.isPrivateAddress)
    chain.steps.push({
      source: 'upstream',
      name: key,
      type,
      rcode: found.rcode,
      records,
      ...(withheld.length > 0 && { note: `${withheld.length} private addresses withheld` }),
    })
    if (found.rcode !== rcodes.NOERROR && found.rcode !== rcodes.NXDOMAIN) {
      return fail(
        chain,
        found.ede ?? { code: extendedErrors.networkError, text: 'alias target not resolved' },
      )
    }
    chain.answers.push(...records)
    if (withheld.length === 0) return { rcode: found.rcode, authorities: found.authorities }
    chain.withheld.push(...withheld)
    chain.ede = { code: extendedErrors.filtered, text: 'private addresses withheld' }
    const isEmpty = records.every((record) => record.rdata.type === 'CNAME')
    return { rcode: rcodes.NOERROR, ...(isEmpty && { authorities: [localSoa('.')] }) }
  }

  const step = async (
    chain: Chain,
    qname: DnsName,
    name: Name,
    type: RecordType,
    signal: AbortSignal,
  ): Promise<Step> => {
    const key = nameKey(qname)
    const system = systems.find((candidate) => candidate.claims(name))
    if (system) return lookUp(chain, system, key, name, type, signal)
    switch (name.kind) {
      case 'foreign':
        return askPublic(chain, key, type, signal)
      case 'nws':
      case 'page':
        return fail(chain, { code: extendedErrors.notSupported, text: 'not built yet' })
      case 'nostr':
      case 'pkarr':
        return fail(chain, { code: extendedErrors.notReady, text: 'not ready yet' })
      case 'petname':
      case 'nip05':
        return { rcode: rcodes.NXDOMAIN, authorities: [localSoa('nostr')] }
      case 'suffix':
      case 'invalid': {
        const local =
          name.kind === 'suffix'
            ? answerSuffix(key, type, name.suffix)
            : answerInvalid(key, type, name.suffix, name.reason)
        chain.answers.push(...local.answers)
        chain.steps.push(...local.steps)
        if (local.ede) chain.ede = local.ede
        return local
      }
      case 'secret':
        return fail(chain, { code: extendedErrors.invalidData, text: 'alias refused' })
      case 'mdns':
      case 'special':
        // An alias must not point into the user's machine or link (specs s.4.7).
        chain.ede = { code: extendedErrors.filtered, text: 'alias into a private name withheld' }
        return { rcode: rcodes.NOERROR, authorities: [localSoa('.')] }
    }
  }

  return {
    async resolve(qname, name, type, signal) {
      const chain: Chain = {
        answers: [],
        owners: new Set(),
        steps: [],
        visited: new Set([nameKey(qname)]),
        withheld: [],
        validUntil: Number.MAX_SAFE_INTEGER,
        ede: undefined,
      }
      let current = await step(chain, qname, name, type, signal)
      while ('alias' in current) {
        const target = current.alias
        const key = nameKey(target)
        if (chain.visited.has(key) || chain.visited.size > maxAliases) {
          const text = chain.visited.has(key) ? 'alias loop' : 'alias chain too long'
          current = fail(chain, { code: extendedErrors.invalidData, text })
          break
        }
        chain.visited.add(key)
        current = await step(chain, target, parseName(target), type, signal)
      }
      return {
        rcode: current.rcode,
        answers: chain.answers,
        authorities: current.authorities ?? [],
        ...(chain.ede && { ede: chain.ede }),
        ...(chain.withheld.length > 0 && { withheld: chain.withheld }),
        isAuthoritative: true,
        isManaged: true,
        owners: [...chain.owners],
        ...(chain.validUntil < Number.MAX_SAFE_INTEGER && { validUntil: chain.validUntil }),
        isCacheable: true,
        steps: chain.steps,
      }
    },
  }
}
