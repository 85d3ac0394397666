import { classes } from './message.ts'
import type { DnsName, Rdata, RecordType } from './message.ts'
import { parseNameText } from './name-text.ts'
import { parseRdataWords } from './rdata-text.ts'
import { parseRecordType } from './record-type.ts'
import { readEntry, shown, TextError } from './text-entry.ts'
import type { Entry, Word } from './text-entry.ts'
import { parseTtl } from './ttl-text.ts'

export interface ZoneRecord {
  readonly name: DnsName
  /** Seconds. */
  readonly ttl: number
  readonly type: RecordType
  readonly rdata: Rdata
  /** The line its entry begins on, counted from 1. */
  readonly line: number
}

export interface ZoneFileError {
  readonly line: number
  /** A plain sentence without the line number. */
  readonly message: string
}

export interface ZoneFile {
  readonly records: readonly ZoneRecord[]
  readonly errors: readonly ZoneFileError[]
}

export interface ZoneFileOptions {
  /** What relative names continue with until the first `$ORIGIN`. */
  readonly origin: DnsName
  /** For records without a TTL where neither `$TTL` nor a record before gives one. Seconds. */
  readonly defaultTtl: number
}

/** What one entry leaves behind for those after it (RFC 1035 s.5.1, RFC 2308 s.4). */
interface Context {
  origin: DnsName
  readonly defaultTtl: number
  directiveTtl?: number
  previousTtl?: number
  /** Unknown behind an entry whose owner could not be read: its data must not go to another. */
  previousOwner: DnsName | undefined
}

/**
 * Reads a zone file (RFC 1035 s.5, `$TTL` of RFC 2308, RFC 3597 data). Records that cannot be read
 * are reported with their line, and reading goes on behind them, to report all that is wrong at once:
 * records of a text with errors are not meant to be published without the rest. `$INCLUDE` would read files on
 * behalf of whoever wrote the text, and `$GENERATE` is an extension of BIND: both are refused.
 */
export function parseZoneFile(text: string, options: ZoneFileOptions): ZoneFile {
  const source = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n')
  const context: Context = {
    origin: options.origin,
    defaultTtl: options.defaultTtl,
    previousOwner: undefined,
  }
  const records: ZoneRecord[] = []
  const errors: ZoneFileError[] = []
  let line = 1
  for (let offset = 0; offset < source.length;) {
    const entry = readEntry(source, offset)
    try {
      const record = readLine(entry, context)
      if (record !== undefined) records.push({ ...record, line })
    } catch (error) {
      if (!(error instanceof TextError)) throw error
      errors.push({ line, message: error.message })
    }
    line += countLines(source, offset, entry.next)
    offset = entry.next
  }
  return { records, errors }
}

function countLines(text: string, start: number, end: number): number {
  let lines = 0
  for (let at = text.indexOf('\n', start); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) {
    lines += 1
  }
  return lines
}

function readLine(entry: Entry, context: Context): Omit<ZoneRecord, 'line'> | undefined {
  const [first, ...rest] = entry.words
  const isDirective = !entry.startsBlank && first?.quoted === false && first.text.startsWith('$')
  const { previousOwner } = context
  if (!entry.startsBlank && !isDirective && first !== undefined) context.previousOwner = undefined
  if (entry.error !== undefined) throw new TextError(entry.error)
  if (first === undefined) return undefined
  if (isDirective) {
    readDirective(first.text.toUpperCase(), rest, context)
    return undefined
  }
  const owner = entry.startsBlank ? previousOwner : parseNameText(first.text, context.origin)
  if (owner === undefined)
    throw new TextError('it is not clear whose record this is: name its owner')
  context.previousOwner = owner
  return readRecord(owner, entry.startsBlank ? entry.words : rest, context)
}

function readDirective(directive: string, words: readonly Word[], context: Context): void {
  const [argument, extra] = words
  switch (directive) {
    case '$ORIGIN':
    case '$TTL':
      break
    case '$INCLUDE':
    case '$GENERATE':
      throw new TextError(`${directive} is not supported; write the records out`)
    default:
      throw new TextError(`${shown(directive)} is not a directive of zone files`)
  }
  if (argument === undefined || extra !== undefined) {
    throw new TextError(`${directive} needs exactly one value`)
  }
  if (directive === '$ORIGIN') {
    context.origin = parseNameText(argument.text, context.origin)
    return
  }
  const ttl = parseTtl(argument.text)
  if (ttl === undefined)
    throw new TextError(`${shown(argument.text)} is not a TTL (such as 300 or 1h)`)
  context.directiveTtl = ttl
}

/** `words`: `[TTL] [class] type data`, TTL and class in either order. */
function readRecord(
  owner: DnsName,
  words: readonly Word[],
  context: Context,
): Omit<ZoneRecord, 'line'> {
  let statedTtl: number | undefined
  let classSeen = false
  let index = 0
  for (; index < words.length; index += 1) {
    const { text } = words[index] ?? { text: '' }
    const recordClass = parseClass(text)
    const ttl = parseTtl(text)
    if (recordClass !== undefined && !classSeen) {
      if (recordClass !== classes.IN)
        throw new TextError(`class ${shown(text)} is not supported, only IN`)
      classSeen = true
    } else if (ttl !== undefined && statedTtl === undefined) {
      statedTtl = ttl
    } else {
      break
    }
  }
  const typeWord = words[index]
  if (typeWord === undefined) throw new TextError('the record has no type')
  const type = parseRecordType(typeWord.text)
  if (type === undefined) throw new TextError(`${shown(typeWord.text)} is not a record type`)
  if (statedTtl !== undefined) context.previousTtl = statedTtl
  const ttl = statedTtl ?? context.directiveTtl ?? context.previousTtl ?? context.defaultTtl
  const rdata = parseRdataWords(type, words.slice(index + 1), context.origin)
  return { name: owner, ttl, type, rdata }
}

/** The class `text` names (RFC 1035 s.3.2.4, RFC 3597 s.5). */
function parseClass(text: string): number | undefined {
  const upper = text.toUpperCase()
  const named: Readonly<Record<string, number>> = { IN: 1, CS: 2, CH: 3, HS: 4 }
  if (Object.hasOwn(named, upper)) return named[upper]
  const digits = /^CLASS(\d{1,5})$/.exec(upper)?.[1]
  return digits === undefined ? undefined : Number(digits)
}
