import { escapeOctets } from './escapes.ts'
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from './ip-address.ts'
import type { DnsName, Rdata, RecordType } from './message.ts'
import { formatNameText } from './name-text.ts'
import { longestString, readFields } from './rdata-fields.ts'
import type { Fields } from './rdata-fields.ts'
import { rdataFromWire, rdataToWire } from './rdata-wire.ts'
import { formatSvcParam, parseSvcParams } from './svc-param-text.ts'
import { shown, TextError, wordOctets, wordsOf } from './text-entry.ts'
import type { Word } from './text-entry.ts'
import { WireError } from './wire-error.ts'

export { TextError } from './text-entry.ts'

/**
 * The data of a record of `type` written as in a zone file (RFC 1035 s.5.1 and the RFC of the type),
 * or as `\# length hex` (RFC 3597 s.5). Names without a trailing dot continue with `origin`, and `@`
 * is `origin`. Throws TextError with a sentence for the person who wrote `text`.
 */
export function parseRdata(type: RecordType, text: string, origin: DnsName): Rdata {
  return parseRdataWords(type, wordsOf(text), origin)
}

/** Like `parseRdata`, for words that come from a zone file. */
export function parseRdataWords(type: RecordType, words: readonly Word[], origin: DnsName): Rdata {
  const fields = readFields(type, words, origin)
  const rdata = isGeneric(words[0]) ? parseGeneric(type, fields) : parseFields(type, fields)
  fields.end()
  try {
    rdataToWire(rdata)
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    throw new TextError(`this ${type} data cannot be sent: ${error.message}`)
  }
  return rdata
}

/**
 * TXT data from text that need not follow zone-file rules, as Nostr events carry it: text inside
 * quotes is read as in a zone file, any other text is one string, word for word. What exceeds 255
 * octets is split, as receivers put the strings together again (RFC 7208 s.3.3). Throws TextError.
 */
export function parseTxtText(text: string): Rdata {
  const trimmed = text.trim()
  const quoted = trimmed.length > 1 && trimmed.startsWith('"') && trimmed.endsWith('"')
  const contents = quoted
    ? wordsOf(trimmed).map((word) => wordOctets(word.text))
    : [Buffer.from(text, 'utf8')]
  return { type: 'TXT', strings: contents.flatMap(splitString) }
}

function splitString(octets: Buffer): Uint8Array[] {
  const strings: Uint8Array[] = []
  for (let start = 0; start === 0 || start < octets.length; start += longestString) {
    strings.push(Uint8Array.from(octets.subarray(start, start + longestString)))
  }
  return strings
}

function parseFields(type: RecordType, fields: Fields): Rdata {
  switch (type) {
    case 'A':
      return { type, address: parseAddress(fields, parseIpv4, formatIpv4, 'an IPv4 address') }
    case 'AAAA':
      return { type, address: parseAddress(fields, parseIpv6, formatIpv6, 'an IPv6 address') }
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return { type, target: fields.name('a target name') }
    case 'MX':
      return {
        type,
        preference: fields.number('a preference', 0xffff),
        exchange: fields.name('the name of a mail server'),
      }
    case 'TXT':
      return parseTxt(fields)
    case 'SRV':
      return {
        type,
        priority: fields.number('a priority', 0xffff),
        weight: fields.number('a weight', 0xffff),
        port: fields.number('a port', 0xffff),
        target: fields.name('a target name'),
      }
    case 'CAA':
      return {
        type,
        flags: fields.number('flags', 0xff),
        tag: fields.word('a tag').text,
        value: Uint8Array.from(wordOctets(fields.word('a value').text)),
      }
    case 'TLSA':
      return {
        type,
        usage: fields.number('a certificate usage', 0xff),
        selector: fields.number('a selector', 0xff),
        matching: fields.number('a matching type', 0xff),
        data: fields.hex('certificate data'),
      }
    case 'SSHFP':
      return {
        type,
        algorithm: fields.number('an algorithm', 0xff),
        fingerprintType: fields.number('a fingerprint type', 0xff),
        fingerprint: fields.hex('a fingerprint'),
      }
    case 'SVCB':
    case 'HTTPS':
      return {
        type,
        priority: fields.number('a priority', 0xffff),
        target: fields.name('a target name'),
        params: parseSvcParams(fields.rest().map(({ text }) => text)),
      }
    case 'SOA':
      return {
        type,
        mname: fields.name('the name of the primary server'),
        rname: fields.name('the mailbox of the person responsible'),
        serial: fields.number('a serial number', 0xffffffff),
        refresh: fields.duration('a refresh time'),
        retry: fields.duration('a retry time'),
        expire: fields.duration('an expiry time'),
        minimum: fields.duration('a negative TTL'),
      }
    case 'HINFO':
      return {
        type,
        cpu: Buffer.from(fields.string('a CPU')).toString('latin1'),
        os: Buffer.from(fields.string('an operating system')).toString('latin1'),
      }
    case 'ANY':
    case 'OPT':
      throw new TextError(`${type} is not a type of stored records`)
    default:
      throw new TextError(`data of ${type} must be written as \\# length hex (RFC 3597)`)
  }
}

function parseAddress(
  fields: Fields,
  parse: (text: string) => Uint8Array | undefined,
  format: (octets: Uint8Array) => string,
  what: string,
): string {
  const { text } = fields.word(what)
  const octets = parse(text)
  if (octets === undefined) throw new TextError(`${shown(text)} is not ${what}`)
  return format(octets)
}

function parseTxt(fields: Fields): Rdata {
  const strings = [fields.string('a string')]
  for (const { text } of fields.rest()) {
    const octets = wordOctets(text)
    if (octets.length > longestString) {
      throw new TextError(`a string has ${octets.length} octets; one string holds at most 255`)
    }
    strings.push(Uint8Array.from(octets))
  }
  return { type: 'TXT', strings }
}

function isGeneric(first: Word | undefined): boolean {
  return first?.quoted === false && first.text === '\\#'
}

/** `\# length hex`: also for types with a form of their own (RFC 3597 s.5). */
function parseGeneric(type: RecordType, fields: Fields): Rdata {
  if (type === 'ANY' || type === 'OPT') {
    throw new TextError(`${type} is not a type of stored records`)
  }
  fields.word('\\#')
  const length = fields.number('a length', 0xffff)
  const data = length === 0 ? new Uint8Array(0) : fields.hex('data')
  if (data.length !== length) {
    throw new TextError(`there are ${data.length} octets of data, but the length says ${length}`)
  }
  try {
    return rdataFromWire(type, data)
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    throw new TextError(`the octets are no ${type} data: ${error.message}`)
  }
}

/** `rdata` as zone-file text with absolute names; `parseRdata` reads it back. */
export function formatRdata(rdata: Rdata): string {
  switch (rdata.type) {
    case 'A':
    case 'AAAA':
      return rdata.address
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return formatNameText(rdata.target)
    case 'MX':
      return `${rdata.preference} ${formatNameText(rdata.exchange)}`
    case 'TXT':
      return rdata.strings.map(quote).join(' ')
    case 'SRV':
      return `${rdata.priority} ${rdata.weight} ${rdata.port} ${formatNameText(rdata.target)}`
    case 'CAA':
      return `${rdata.flags} ${rdata.tag} ${quote(rdata.value)}`
    case 'TLSA':
      return `${rdata.usage} ${rdata.selector} ${rdata.matching} ${hex(rdata.data)}`.trimEnd()
    case 'SSHFP':
      return `${rdata.algorithm} ${rdata.fingerprintType} ${hex(rdata.fingerprint)}`.trimEnd()
    case 'SVCB':
    case 'HTTPS':
      return [
        String(rdata.priority),
        formatNameText(rdata.target),
        ...rdata.params.map(formatSvcParam),
      ].join(' ')
    case 'SOA':
      return [
        formatNameText(rdata.mname),
        formatNameText(rdata.rname),
        rdata.serial,
        rdata.refresh,
        rdata.retry,
        rdata.expire,
        rdata.minimum,
      ].join(' ')
    case 'HINFO':
      return `${quote(Buffer.from(rdata.cpu, 'latin1'))} ${quote(Buffer.from(rdata.os, 'latin1'))}`
    default:
      return `\\# ${rdata.data.length} ${hex(rdata.data)}`.trimEnd()
  }
}

function quote(octets: Uint8Array): string {
  return `"${escapeOctets(octets)}"`
}

function hex(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex')
}
