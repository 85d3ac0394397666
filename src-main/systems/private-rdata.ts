import { extendedErrors, type ExtendedError, type Rdata } from '../dns/wire/message.ts'
import { isPrivateAddress, isPublicCnameTarget } from './address-filter.ts'

const svcParamIpv4Hint = 4
const svcParamIpv6Hint = 6

/**
 * True if following `rdata` could lead to this computer or its network: addresses, CNAME targets
 * and, as browsers connect to them, SVCB targets and address hints (RFC 9460 s.7.3).
 */
export function isPrivateRdata(rdata: Rdata): boolean {
  if (rdata.type === 'A' || rdata.type === 'AAAA') return isPrivateAddress(rdata.address)
  if (rdata.type === 'CNAME') return !isPublicCnameTarget(rdata.target)
  if (rdata.type !== 'SVCB' && rdata.type !== 'HTTPS') return false
  return (
    (rdata.target !== '.' && !isPublicCnameTarget(rdata.target)) ||
    rdata.params.some(
      ({ key, value }) =>
        (key === svcParamIpv4Hint && addressesIn(value, 4).some(isPrivateAddress)) ||
        (key === svcParamIpv6Hint && addressesIn(value, 16).some(isPrivateAddress)),
    )
  )
}

/** What people read of `count` records that were kept back because they point into private space. */
export function withheldText(count: number): string {
  return `${count} private ${count === 1 ? 'address' : 'addresses'} withheld`
}

/** The same beside an answer (RFC 8914 s.4.18). */
export function withheldError(count: number): ExtendedError {
  return { code: extendedErrors.filtered, text: withheldText(count) }
}

function addressesIn(value: Uint8Array, size: 4 | 16): string[] {
  const addresses: string[] = []
  for (let start = 0; start + size <= value.length; start += size) {
    const octets = value.subarray(start, start + size)
    addresses.push(size === 4 ? octets.join('.') : ipv6Text(octets))
  }
  return addresses
}

function ipv6Text(octets: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((octets[index * 2] ?? 0) << 8) | (octets[index * 2 + 1] ?? 0)).toString(16),
  )
  return groups.join(':')
}
