import { recordTypes } from './message.ts'
import type { KnownType, RecordType } from './message.ts'
import { WireError } from './wire-error.ts'

const codes: ReadonlyMap<string, number> = new Map(Object.entries(recordTypes))
const mnemonics: ReadonlyMap<number, KnownType> = new Map(
  (Object.keys(recordTypes) as KnownType[]).map((type) => [recordTypes[type], type]),
)

/** The TYPE code of `type`. Throws WireError for a `TYPEnnn` that is no 16-bit number. */
export function typeCode(type: RecordType): number {
  const known = codes.get(type)
  if (known !== undefined) return known
  const code = genericCode(type)
  if (code === undefined) throw new WireError('bad-value', `${type} is not a record type`)
  return code
}

/** The mnemonic of a TYPE code, or RFC 3597 `TYPEnnn`. */
export function typeFromCode(code: number): RecordType {
  return mnemonics.get(code) ?? `TYPE${code}`
}

/** The type a person or a zone file means by `text`, in any case; undefined when there is none. */
export function parseRecordType(text: string): RecordType | undefined {
  const upper = text.toUpperCase()
  if (codes.has(upper)) return upper as KnownType
  const code = genericCode(upper)
  return code === undefined ? undefined : typeFromCode(code)
}

/** The number in `TYPEnnn` (RFC 3597 s.5). */
function genericCode(text: string): number | undefined {
  const digits = /^TYPE(\d{1,5})$/.exec(text)?.[1]
  const code = Number(digits)
  return digits === undefined || code > 0xffff ? undefined : code
}
