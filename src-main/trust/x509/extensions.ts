import { createHash } from 'node:crypto'
import { bitStringBytes, createDerCursor, readWhole } from './der-reader.ts'
import {
  bitString,
  boolean,
  contextConstructed,
  contextPrimitive,
  element,
  ia5Bytes,
  octetString,
  oid,
  sequence,
  tags,
  unsignedInteger,
} from './der-writer.ts'
import { oids } from './object-identifiers.ts'

/** A certificate extension (RFC 5280 s.4.2). `value` is what the OCTET STRING holds. */
export interface Extension {
  readonly oid: string
  readonly isCritical: boolean
  readonly value: Uint8Array
}

export function writeExtension(extension: Extension): Buffer {
  return sequence(
    oid(extension.oid),
    // DER leaves the default (FALSE) out.
    ...(extension.isCritical ? [boolean(true)] : []),
    octetString(extension.value),
  )
}

/** `maxIntermediates` is pathLenConstraint: how many authorities may stand below this one. */
export function authorityConstraints(maxIntermediates?: number): Extension {
  const limit =
    maxIntermediates === undefined ? [] : [unsignedInteger(Uint8Array.of(maxIntermediates))]
  return {
    oid: oids.basicConstraints,
    isCritical: true,
    value: sequence(boolean(true), ...limit),
  }
}

/** Says that this is no authority; the default is left out, so the sequence is empty. */
export const endEntityConstraints: Extension = {
  oid: oids.basicConstraints,
  isCritical: true,
  value: sequence(),
}

/** KeyUsage keyCertSign (bit 5) alone. */
export const signsCertificates: Extension = {
  oid: oids.keyUsage,
  isCritical: true,
  value: bitString(Uint8Array.of(0x04), 2),
}

/** KeyUsage digitalSignature (bit 0) alone: all that ECDSA server certificates do. */
export const signsHandshakes: Extension = {
  oid: oids.keyUsage,
  isCritical: true,
  value: bitString(Uint8Array.of(0x80), 7),
}

/** ExtendedKeyUsage serverAuth alone. */
export const forServers: Extension = {
  oid: oids.extendedKeyUsage,
  isCritical: false,
  value: sequence(oid(oids.serverAuth)),
}

/** Key identifier of `spki`: 160 bits of the SHA-256 of the key's BIT STRING (RFC 7093 s.2 method 1). */
export function keyIdentifier(spki: Uint8Array): Buffer {
  const cursor = createDerCursor(readWhole(spki, tags.sequence).value)
  cursor.next(tags.sequence)
  const key = bitStringBytes(cursor.next(tags.bitString))
  return createHash('sha256').update(key).digest().subarray(0, 20)
}

export function subjectKey(identifier: Uint8Array): Extension {
  return { oid: oids.subjectKeyIdentifier, isCritical: false, value: octetString(identifier) }
}

export function authorityKey(identifier: Uint8Array): Extension {
  return {
    oid: oids.authorityKeyIdentifier,
    isCritical: false,
    value: sequence(contextPrimitive(0, identifier)),
  }
}

/** What a server is called; `addresses` are 4 or 16 bytes. */
export interface AlternativeNames {
  readonly dns: readonly string[]
  readonly addresses?: readonly Uint8Array[]
}

/** Critical when the subject is empty (RFC 5280 s.4.2.1.6). */
export function alternativeNames(names: AlternativeNames, isSubjectEmpty: boolean): Extension {
  return {
    oid: oids.subjectAltName,
    isCritical: isSubjectEmpty,
    value: sequence(
      ...names.dns.map((name) => dnsName(name)),
      ...(names.addresses ?? []).map((address) => contextPrimitive(7, address)),
    ),
  }
}

/**
 * NameConstraints, critical. `isWithoutAddresses` excludes 0.0.0.0/0 and ::/0: with permitted DNS
 * names alone an authority may still sign for every IP address (measured in every client).
 */
export function nameConstraints(permittedDns: string, isWithoutAddresses: boolean): Extension {
  const everyIpv4 = contextPrimitive(7, new Uint8Array(8))
  const everyIpv6 = contextPrimitive(7, new Uint8Array(32))
  const excluded = contextConstructed(1, sequence(everyIpv4), sequence(everyIpv6))
  return {
    oid: oids.nameConstraints,
    isCritical: true,
    value: sequence(
      contextConstructed(0, sequence(dnsName(permittedDns))),
      ...(isWithoutAddresses ? [excluded] : []),
    ),
  }
}

function dnsName(name: string): Buffer {
  if (name === '') throw new RangeError('an empty DNS name')
  return element(0x82, ia5Bytes(name))
}
