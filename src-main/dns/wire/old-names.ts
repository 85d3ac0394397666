import { readBytes, readCharacterString, readName, readRest } from './cursor.ts'
import type { Cursor } from './cursor.ts'
import { createWriter } from './writer.ts'

/** What stands in the RDATA of a type: a number of octets, a string, a name. */
type Field = number | 'string' | 'name'

/**
 * Types that programs compressed names in before RFC 3597 forbade it for new ones, and which the
 * message model has no fields for. What comes behind the fields listed has no names.
 */
const layouts: ReadonlyMap<number, readonly Field[]> = new Map<number, readonly Field[]>([
  [3, ['name']], // MD, RFC 1035 s.3.3.4
  [4, ['name']], // MF
  [7, ['name']], // MB
  [8, ['name']], // MG
  [9, ['name']], // MR
  [14, ['name', 'name']], // MINFO, RFC 1035 s.3.3.7
  [17, ['name', 'name']], // RP, RFC 1183
  [18, [2, 'name']], // AFSDB
  [21, [2, 'name']], // RT
  [24, [18, 'name']], // SIG, RFC 2535
  [26, [2, 'name', 'name']], // PX, RFC 2163
  [30, ['name']], // NXT, RFC 2535
  [35, [4, 'string', 'string', 'string', 'name']], // NAPTR, RFC 3403
])

/**
 * The octets from `cursor.offset` to `cursor.end` with names of old types written out: a pointer
 * means something in its own message only (RFC 3597 s.4). Undefined for types without such names.
 * Throws WireError, with the cursor somewhere inside.
 */
export function readOldNames(cursor: Cursor, code: number): Uint8Array | undefined {
  const layout = layouts.get(code)
  if (layout === undefined) return undefined
  const writer = createWriter()
  for (const field of layout) {
    if (field === 'name') writer.name(readName(cursor), false)
    else if (field === 'string') writer.characterString(readCharacterString(cursor))
    else writer.bytes(readBytes(cursor, field))
  }
  writer.bytes(readRest(cursor))
  return writer.finish()
}
