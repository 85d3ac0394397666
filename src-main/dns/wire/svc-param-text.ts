import { escapeOctets, unescapeOctets } from './escapes.ts'
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from './ip-address.ts'
import type { SvcParam } from './message.ts'
import { shown, TextError } from './text-entry.ts'

/** SvcParamKeys with a value format of their own (RFC 9460 s.14.3.2). */
export const svcParamKeys = {
  mandatory: 0,
  alpn: 1,
  'no-default-alpn': 2,
  port: 3,
  ipv4hint: 4,
  ech: 5,
  ipv6hint: 6,
} as const

type KnownKey = keyof typeof svcParamKeys

const knownKeys: ReadonlyMap<number, KnownKey> = new Map(
  (Object.keys(svcParamKeys) as KnownKey[]).map((name) => [svcParamKeys[name], name]),
)
const comma = 0x2c
const backslash = 0x5c
/** RFC 9460 s.14.3.2: 65535 is reserved as "invalid key". */
const highestKey = 65_534

/**
 * The parameters of an SVCB or HTTPS record written as `key=value`, in key order, checked to be
 * consistent (RFC 9460 s.7.1.1, s.8). `words` are unquoted words. Throws TextError.
 */
export function parseSvcParams(words: readonly string[]): SvcParam[] {
  const params = words.map(parseSvcParam).toSorted((a, b) => a.key - b.key)
  const keys = new Set<number>()
  for (const { key } of params) {
    if (keys.has(key)) throw new TextError(`the parameter ${keyName(key)} occurs twice`)
    keys.add(key)
  }
  if (keys.has(svcParamKeys['no-default-alpn']) && !keys.has(svcParamKeys.alpn)) {
    throw new TextError('no-default-alpn needs alpn beside it')
  }
  const mandatory = params.find(({ key }) => key === svcParamKeys.mandatory)
  for (const key of mandatory === undefined ? [] : uint16List(mandatory.value)) {
    if (!keys.has(key)) throw new TextError(`${keyName(key)} is mandatory but not given`)
  }
  return params
}

function parseSvcParam(word: string): SvcParam {
  const equals = word.indexOf('=')
  const name = (equals < 0 ? word : word.slice(0, equals)).toLowerCase()
  const key = parseKey(name)
  const known = name.startsWith('key') ? undefined : knownKeys.get(key)
  const octets = equals < 0 ? undefined : valueOctets(word.slice(equals + 1), name)
  return { key, value: parseValue(known, octets, name) }
}

/** The octets of the text behind `=`, with or without quotes around all of it. */
function valueOctets(text: string, name: string): Buffer {
  const quoted = text.startsWith('"')
  if (quoted && (text.length < 2 || !text.endsWith('"'))) {
    throw new TextError(`the value of ${name} goes on behind its closing quote`)
  }
  const octets = unescapeOctets(quoted ? text.slice(1, -1) : text)
  if (octets === undefined) throw new TextError(`the value of ${name} has a broken escape`)
  return octets
}

function parseKey(name: string): number {
  if (Object.hasOwn(svcParamKeys, name)) return svcParamKeys[name as KnownKey]
  const digits = /^key(0|[1-9]\d{0,4})$/.exec(name)?.[1]
  const key = Number(digits)
  if (digits === undefined || key > highestKey)
    throw new TextError(`${shown(name)} is no SvcParamKey`)
  return key
}

function keyName(key: number): string {
  return knownKeys.get(key) ?? `key${key}`
}

/** `known` is undefined for `keyNNNNN`, whose octets are taken as they are (RFC 9460 s.2.1). */
function parseValue(
  known: KnownKey | undefined,
  octets: Buffer | undefined,
  name: string,
): Uint8Array {
  if (known === 'no-default-alpn') {
    if (octets !== undefined) throw new TextError('no-default-alpn takes no value')
    return new Uint8Array(0)
  }
  if (known === undefined) return Uint8Array.from(octets ?? [])
  if (octets === undefined || octets.length === 0) throw new TextError(`${name} needs a value`)
  const text = octets.toString('latin1')
  switch (known) {
    case 'mandatory':
      return mandatoryValue(text)
    case 'alpn':
      return alpnValue(octets)
    case 'port':
      if (!/^\d{1,5}$/.test(text) || Number(text) > 0xffff) {
        throw new TextError(`${shown(text)} is not a port`)
      }
      return uint16Octets([Number(text)])
    case 'ipv4hint':
      return hintValue(text, parseIpv4, 'IPv4')
    case 'ipv6hint':
      return hintValue(text, parseIpv6, 'IPv6')
    case 'ech': {
      const decoded = Buffer.from(text, 'base64')
      if (decoded.toString('base64') !== text) throw new TextError('ech is not base64')
      return Uint8Array.from(decoded)
    }
  }
}

/** RFC 9460 s.8: sorted, no repetition, never `mandatory` itself. */
function mandatoryValue(text: string): Uint8Array {
  const keys = text.split(',').map((name) => parseKey(name.toLowerCase()))
  if (keys.includes(svcParamKeys.mandatory)) throw new TextError('mandatory must not list itself')
  if (new Set(keys).size !== keys.length) throw new TextError('mandatory lists a key twice')
  return uint16Octets(keys.toSorted((a, b) => a - b))
}

function hintValue(
  text: string,
  parse: (text: string) => Uint8Array | undefined,
  family: string,
): Uint8Array {
  const addresses = text.split(',').map((part) => {
    const octets = parse(part)
    if (octets === undefined) throw new TextError(`${shown(part)} is not an ${family} address`)
    return octets
  })
  return Uint8Array.from(Buffer.concat(addresses))
}

function alpnValue(octets: Buffer): Uint8Array {
  const ids = splitValueList(octets)
  const parts: Uint8Array[] = []
  for (const id of ids) {
    if (id.length === 0 || id.length > 255) {
      throw new TextError('an ALPN id has from 1 to 255 octets')
    }
    parts.push(Uint8Array.of(id.length), id)
  }
  return Uint8Array.from(Buffer.concat(parts))
}

/** A comma-separated list in which `\` takes the meaning from `,` and `\` (RFC 9460 appendix A.1). */
function splitValueList(octets: Buffer): Uint8Array[] {
  const items: Uint8Array[] = []
  let item: number[] = []
  for (let index = 0; index < octets.length; index += 1) {
    let octet = octets[index] ?? 0
    if (octet === comma) {
      items.push(Uint8Array.from(item))
      item = []
      continue
    }
    if (octet === backslash) {
      index += 1
      octet = octets[index] ?? 0
      if (octet !== comma && octet !== backslash) {
        throw new TextError('in a list a backslash may only stand before a comma or a backslash')
      }
    }
    item.push(octet)
  }
  items.push(Uint8Array.from(item))
  return items
}

/** `key=value`; a value that does not fit its key's format is shown as `keyNNNNN`. */
export function formatSvcParam({ key, value }: SvcParam): string {
  const known = knownKeys.get(key)
  const text = known === undefined ? undefined : formatKnown(known, value)
  if (known === undefined || text === undefined) {
    return value.length === 0 ? `key${key}` : `key${key}=${formatValue(value)}`
  }
  return known === 'no-default-alpn' ? known : `${known}=${text}`
}

function formatKnown(key: KnownKey, value: Uint8Array): string | undefined {
  switch (key) {
    case 'mandatory': {
      const keys = uint16List(value)
      const sorted = keys.every((item, index) => item > (keys[index - 1] ?? 0))
      const named = keys.every((item) => item <= highestKey)
      if (value.length % 2 !== 0 || keys.length === 0 || !sorted || !named) return undefined
      return keys.map(keyName).join(',')
    }
    case 'alpn':
      return formatAlpn(value)
    case 'no-default-alpn':
      return value.length === 0 ? '' : undefined
    case 'port':
      return value.length === 2 ? String(uint16List(value)[0]) : undefined
    case 'ipv4hint':
      return formatHints(value, 4, formatIpv4)
    case 'ipv6hint':
      return formatHints(value, 16, formatIpv6)
    case 'ech':
      return value.length === 0 ? undefined : Buffer.from(value).toString('base64')
  }
}

function formatAlpn(value: Uint8Array): string | undefined {
  const octets: number[] = []
  let offset = 0
  while (offset < value.length) {
    const length = value[offset] ?? 0
    const id = value.subarray(offset + 1, offset + 1 + length)
    if (length === 0 || id.length < length) return undefined
    if (offset > 0) octets.push(comma)
    for (const octet of id) {
      if (octet === comma || octet === backslash) octets.push(backslash)
      octets.push(octet)
    }
    offset += length + 1
  }
  return octets.length === 0 ? undefined : formatValue(Uint8Array.from(octets))
}

function formatHints(
  value: Uint8Array,
  size: number,
  format: (octets: Uint8Array) => string,
): string | undefined {
  if (value.length === 0 || value.length % size !== 0) return undefined
  const addresses: string[] = []
  for (let offset = 0; offset < value.length; offset += size) {
    addresses.push(format(value.subarray(offset, offset + size)))
  }
  return addresses.join(',')
}

/** Bare where nothing needs quoting. */
function formatValue(octets: Uint8Array): string {
  const text = escapeOctets(octets)
  return /^[\w,.:/+=-]+$/.test(text) ? text : `${shown(text)}`
}

function uint16List(value: Uint8Array): number[] {
  const numbers: number[] = []
  for (let offset = 0; offset + 1 < value.length; offset += 2) {
    numbers.push(((value[offset] ?? 0) << 8) | (value[offset + 1] ?? 0))
  }
  return numbers
}

function uint16Octets(numbers: readonly number[]): Uint8Array {
  return Uint8Array.from(numbers.flatMap((number) => [number >> 8, number & 0xff]))
}
