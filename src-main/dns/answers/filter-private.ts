import type { ResourceRecord, SvcParam } from '../wire/message.ts'

/** SvcParamKeys of RFC 9460 s.7.3. */
const ipv4hint = 4
const ipv6hint = 6

export interface Filtered {
  readonly records: readonly ResourceRecord[]
  /** Addresses that were withheld; hints of SVCB and HTTPS records among them. */
  readonly withheld: readonly string[]
}

/**
 * `records` without private addresses. Applied to what a managed CNAME fetched from public DNS: a
 * name must not lead a browser into the user's own network (DNS rebinding, specs s.4.7).
 */
export function withholdPrivate(
  records: readonly ResourceRecord[],
  isPrivateAddress: (address: string) => boolean,
): Filtered {
  const kept: ResourceRecord[] = []
  const withheld: string[] = []
  for (const record of records) {
    const { rdata } = record
    if (rdata.type === 'A' || rdata.type === 'AAAA') {
      if (isPrivateAddress(rdata.address)) withheld.push(rdata.address)
      else kept.push(record)
    } else if (rdata.type === 'SVCB' || rdata.type === 'HTTPS') {
      const isKept = (param: SvcParam): boolean => {
        const hints = hintsOf(param).filter(isPrivateAddress)
        withheld.push(...hints)
        return hints.length === 0
      }
      const params = rdata.params.filter(isKept)
      kept.push({ ...record, rdata: { ...rdata, params } })
    } else {
      kept.push(record)
    }
  }
  return { records: kept, withheld }
}

/** The addresses in an address hint; none for other parameters. */
function hintsOf(param: SvcParam): string[] {
  const addresses: string[] = []
  const { key, value } = param
  if (key === ipv4hint) {
    for (let at = 0; at + 4 <= value.length; at += 4) {
      addresses.push(value.subarray(at, at + 4).join('.'))
    }
  } else if (key === ipv6hint) {
    for (let at = 0; at + 16 <= value.length; at += 16) {
      const groups: string[] = []
      for (let group = at; group < at + 16; group += 2) {
        groups.push((((value[group] ?? 0) << 8) | (value[group + 1] ?? 0)).toString(16))
      }
      addresses.push(groups.join(':'))
    }
  }
  return addresses
}
