import { isIP } from 'node:net'
import { nameKey } from '../../dns/wire/domain-name.ts'
import {
  extendedErrors,
  rcodes,
  type DnsName,
  type RecordType,
  type ResourceRecord,
} from '../../dns/wire/message.ts'
import { parseName } from '../../names/parse-name.ts'
import { isPrivateAddress } from '../address-filter.ts'
import type { Provenance, Resolution } from '../name-system.ts'
import { isPrivateRdata, withheldError } from '../private-rdata.ts'
import { negativeTtl } from '../soa.ts'
import type { PkarrKey } from './carrier.ts'
import type { DelegatedServer } from './zone-answer.ts'

/** What a name server of the ordinary kind answered. */
export interface ServerReply {
  readonly rcode: number
  readonly answers: readonly ResourceRecord[]
  readonly authorities: readonly ResourceRecord[]
}

export interface DelegationDeps {
  /** Asks the name server at `address`, port 53. Rejects when it does not answer. */
  readonly askServer: (
    address: string,
    name: DnsName,
    type: RecordType,
    signal: AbortSignal,
  ) => Promise<ServerReply>
  /** Addresses of an ordinary host name, through the upstream. */
  readonly addressesOf: (name: DnsName, signal: AbortSignal) => Promise<readonly string[]>
}

interface Question {
  readonly key: PkarrKey
  readonly host: string
  readonly type: RecordType
  readonly allowsPrivate: boolean
  readonly qname: DnsName
  /** Of the packet that delegates. */
  readonly provenance: Provenance
  readonly soa: ResourceRecord
  readonly now: number
  /** The packet counts for this long: no answer by its leave outlives it. Seconds. */
  readonly remaining: number
}

/** Servers tried for one question. */
const maxServers = 3

/**
 * Asks the servers that a packet delegates a name to. They must be public: whoever signs the packet
 * must not aim this computer at its own network (specs/pkarr.md W8).
 */
export async function askDelegated(
  deps: DelegationDeps,
  question: Question,
  servers: readonly DelegatedServer[],
  signal: AbortSignal,
): Promise<Resolution> {
  const { key, host, type } = question
  const name = host === '@' ? key : `${host}.${key}`
  for (const address of await publicAddresses(deps, servers, signal)) {
    if (signal.aborted) break
    const reply = await deps.askServer(address, name, type, signal).catch(() => undefined)
    const resolution = reply && readReply(question, name, address, reply)
    if (resolution !== undefined) return resolution
  }
  const text = 'none of the name servers it is delegated to answers'
  return {
    kind: 'failure',
    ede: { code: extendedErrors.noReachableAuthority, text },
    provenance: question.provenance,
  }
}

async function publicAddresses(
  { addressesOf }: DelegationDeps,
  servers: readonly DelegatedServer[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  // Only ordinary names are looked up: two keys delegating to each other would never end. And few of
  // them: a packet has room for fifty, to aim that many questions at somebody (NXNSAttack).
  const tried = servers
    .filter(({ name, glue }) => glue.length > 0 || parseName(name).kind === 'foreign')
    .toSorted((a, b) => Number(b.glue.length > 0) - Number(a.glue.length > 0))
    .slice(0, maxServers)
  const found = await Promise.all(
    tried.map(async ({ name, glue }) =>
      glue.length > 0 ? glue : addressesOf(name, signal).catch(() => []),
    ),
  )
  return found
    .flat()
    .filter((address) => isIP(address) !== 0 && !isPrivateAddress(address))
    .slice(0, maxServers)
}

/** Undefined when the server is of no help: another one is asked. */
function readReply(
  question: Question,
  name: DnsName,
  address: string,
  reply: ServerReply,
): Resolution | undefined {
  const { qname, type, allowsPrivate, now, soa, remaining } = question
  const provenance: Provenance = {
    ...question.provenance,
    format: 'delegated',
    sources: [address],
    verifiedBy: 'the delegation is signed by the key; the answer of its name server is not signed',
  }
  const negative = { soa, validUntil: now + negativeTtl, provenance }
  if (reply.rcode === rcodes.NXDOMAIN) return { kind: 'nxdomain', ...negative }
  if (reply.rcode !== rcodes.NOERROR) return undefined
  const own = reply.answers.filter((record) => nameKey(record.name) === name)
  const alias = own.find(({ rdata }) => rdata.type === 'CNAME')
  const wanted = alias === undefined ? own.filter(({ rdata }) => rdata.type === type) : [alias]
  const visible = wanted.filter(({ rdata }) => allowsPrivate || !isPrivateRdata(rdata))
  const [first] = visible
  if (first === undefined) {
    if (wanted.length > 0) {
      return { kind: 'nodata', ...negative, ede: withheldError(wanted.length) }
    }
    const isReferral = reply.authorities.some(({ rdata }) => rdata.type === 'NS')
    return isReferral ? undefined : { kind: 'nodata', ...negative }
  }
  const ttl = Math.min(remaining, ...visible.map((record) => record.ttl))
  const rrset = visible.map(({ rdata }) => ({ name: qname, class: 1, ttl, rdata }))
  const common = { rrset, validUntil: now + Math.max(1, ttl), provenance }
  return first.rdata.type === 'CNAME' && type !== 'CNAME'
    ? { kind: 'alias', target: first.rdata.target, ...common }
    : { kind: 'answer', ...common }
}
