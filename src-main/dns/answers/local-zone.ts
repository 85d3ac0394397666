import type { DnsName, ExtendedError, RecordType, ResourceRecord } from '../wire/message.ts'
import { rcodes } from '../wire/message.ts'
import type { InvalidReason } from '../../names/name.ts'
import type { Resolved, ResolutionStep } from './resolved.ts'

/** Seconds: specs of managed names ask for a minimum of 60 in negative answers. */
const negativeTtl = 60
const localTtl = 3600
/** RFC 8482 s.4.2. */
const anyTtl = 3789

/** The SOA of a zone this program answers for itself, in the manner of RFC 6303 s.3. */
export function localSoa(zone: DnsName): ResourceRecord {
  return {
    name: zone,
    class: 1,
    ttl: negativeTtl,
    rdata: {
      type: 'SOA',
      mname: 'localhost',
      rname: 'nobody.invalid',
      serial: 1,
      refresh: 3600,
      retry: 1200,
      expire: 604_800,
      minimum: negativeTtl,
    },
  }
}

interface LocalAnswer {
  readonly rcode?: number
  readonly answers?: readonly ResourceRecord[]
  /** Zone of the SOA sent with a negative answer. */
  readonly zone?: DnsName
  readonly ede?: ExtendedError
  readonly isManaged?: boolean
  readonly isCacheable?: boolean
}

function localAnswer(name: DnsName, type: RecordType, facts: LocalAnswer): Resolved {
  const rcode = facts.rcode ?? rcodes.NOERROR
  const answers = facts.answers ?? []
  const step: ResolutionStep = { source: 'local', name, type, rcode, records: answers }
  return {
    rcode,
    answers,
    authorities: facts.zone === undefined ? [] : [localSoa(facts.zone)],
    ...(facts.ede && { ede: facts.ede }),
    isAuthoritative: true,
    isManaged: facts.isManaged ?? false,
    owners: [],
    isCacheable: facts.isCacheable ?? true,
    steps: [step],
  }
}

/** The bare suffix: SOA and NS exist, everything else is NODATA. */
export function answerSuffix(name: DnsName, type: RecordType, suffix: string): Resolved {
  const isManaged = true
  if (type === 'SOA')
    return localAnswer(name, type, { answers: [{ ...localSoa(name) }], isManaged })
  if (type === 'NS') {
    const ns: ResourceRecord = {
      name,
      class: 1,
      ttl: localTtl,
      rdata: { type: 'NS', target: 'localhost' },
    }
    return localAnswer(name, type, { answers: [ns], isManaged })
  }
  return localAnswer(name, type, { zone: suffix, isManaged })
}

const reasonText: Readonly<Record<InvalidReason, string>> = {
  'bad-checksum': 'bad checksum in npub',
  'bad-length': 'label has the wrong length',
  'bad-character': 'label has a character its encoding does not know',
  'not-on-curve': 'not a point on the curve',
  'wrong-prefix': 'only npub names resolve',
  'bad-label': 'label not allowed here',
  'unknown-name': 'no such name',
}

/** Under a managed suffix but not a name: NXDOMAIN without asking anybody. */
export function answerInvalid(
  name: DnsName,
  type: RecordType,
  suffix: string,
  reason: InvalidReason,
): Resolved {
  return localAnswer(name, type, {
    rcode: rcodes.NXDOMAIN,
    zone: suffix === '' ? '.' : suffix,
    ede: { code: 0, text: reasonText[reason] },
    isManaged: true,
  })
}

/** A name holding a secret key: denied, and kept nowhere. */
export function answerSecret(type: RecordType): Resolved {
  return {
    ...localAnswer('.', type, { rcode: rcodes.NXDOMAIN, zone: '.', isCacheable: false }),
    steps: [],
  }
}

/** `npub….local` asked over unicast DNS: that name space belongs to the link (RFC 6762 s.22.1). */
export function answerLinkLocal(name: DnsName, type: RecordType): Resolved {
  return localAnswer(name, type, { rcode: rcodes.NXDOMAIN, zone: 'local' })
}

/** RFC 6761 names: `localhost` is loopback (s.6.3), the others do not exist here. */
export function answerSpecial(name: DnsName, type: RecordType, suffix: string): Resolved {
  if (suffix !== 'localhost') {
    return localAnswer(name, type, { rcode: rcodes.NXDOMAIN, zone: suffix })
  }
  if (type !== 'A' && type !== 'AAAA') return localAnswer(name, type, { zone: suffix })
  const address: ResourceRecord = {
    name,
    class: 1,
    ttl: localTtl,
    rdata: type === 'A' ? { type, address: '127.0.0.1' } : { type, address: '::1' },
  }
  return localAnswer(name, type, { answers: [address] })
}

/** The canary by which this program finds out whether the system's resolver asks it. */
export function answerCanary(name: DnsName, type: RecordType, address: string): Resolved {
  const isManaged = true
  if (type !== 'A') return localAnswer(name, type, { zone: 'nostr', isManaged, isCacheable: false })
  const record: ResourceRecord = { name, class: 1, ttl: 0, rdata: { type: 'A', address } }
  return localAnswer(name, type, { answers: [record], isManaged, isCacheable: false })
}

/** RFC 8482 s.4.2: ANY gets one HINFO instead of everything. */
export function answerAny(name: DnsName): Resolved {
  const hinfo: ResourceRecord = {
    name,
    class: 1,
    ttl: anyTtl,
    rdata: { type: 'HINFO', cpu: 'RFC8482', os: '' },
  }
  return localAnswer(name, 'ANY', { answers: [hinfo], isCacheable: false })
}
