/** Bencoding (BEP 3), strict and bounded: what a stranger sends is refused rather than guessed at. */

/** A decoded value. Strings are bytes; numbers are 64-bit signed; keys are one character an octet. */
export type Bencoded = bigint | Uint8Array | readonly Bencoded[] | BencodedDict
export type BencodedDict = ReadonlyMap<string, Bencoded>

/** What can be encoded. Text is written one octet a character; undefined entries are left out. */
export type Bencodable =
  | bigint
  | number
  | string
  | Uint8Array
  | readonly Bencodable[]
  | ReadonlyMap<string, Bencodable>
  | { readonly [key: string]: Bencodable | undefined }

/** BEP 5 messages nest three deep; a stored value of a stranger may nest a little more. */
const maxDepth = 12
const maxValues = 1024
const minInt64 = -(2n ** 63n)
const maxInt64 = 2n ** 63n - 1n
const asciiMinus = 0x2d
const asciiColon = 0x3a
const asciiEnd = 0x65
const asciiInteger = 0x69
const asciiList = 0x6c
const asciiDict = 0x64

interface Reader {
  readonly bytes: Uint8Array
  offset: number
  /** Values that may still come. */
  left: number
}

/** The one value that fills `bytes`, or undefined when they are not exactly one well-formed value. */
export function decodeBencode(bytes: Uint8Array): Bencoded | undefined {
  const reader: Reader = { bytes, offset: 0, left: maxValues }
  const value = readValue(reader, 0)
  return reader.offset === bytes.length ? value : undefined
}

function readValue(reader: Reader, depth: number): Bencoded | undefined {
  reader.left -= 1
  if (reader.left < 0 || depth > maxDepth) return undefined
  const mark = reader.bytes[reader.offset]
  if (mark !== asciiInteger && mark !== asciiList && mark !== asciiDict) return readString(reader)
  reader.offset += 1
  if (mark === asciiInteger) return readInteger(reader)
  return mark === asciiList ? readList(reader, depth) : readDict(reader, depth)
}

/** Digits up to `end`, without leading zeros; the end mark is consumed. */
function readDigits(reader: Reader, end: number, maxDigits: number): string | undefined {
  const start = reader.offset
  while (reader.offset - start <= maxDigits) {
    const octet = reader.bytes[reader.offset]
    if (octet === end) {
      const digits = String.fromCharCode(...reader.bytes.subarray(start, reader.offset))
      reader.offset += 1
      return digits === '' || (digits.length > 1 && digits.startsWith('0')) ? undefined : digits
    }
    if (octet === undefined || octet < 0x30 || octet > 0x39) return undefined
    reader.offset += 1
  }
  return undefined
}

function readInteger(reader: Reader): bigint | undefined {
  const isNegative = reader.bytes[reader.offset] === asciiMinus
  if (isNegative) reader.offset += 1
  const digits = readDigits(reader, asciiEnd, 19)
  if (digits === undefined || (isNegative && digits === '0')) return undefined
  const value = isNegative ? -BigInt(digits) : BigInt(digits)
  return value < minInt64 || value > maxInt64 ? undefined : value
}

function readString(reader: Reader): Uint8Array | undefined {
  const digits = readDigits(reader, asciiColon, 5)
  if (digits === undefined) return undefined
  const end = reader.offset + Number(digits)
  if (end > reader.bytes.length) return undefined
  const value = reader.bytes.subarray(reader.offset, end)
  reader.offset = end
  return value
}

function readList(reader: Reader, depth: number): Bencoded[] | undefined {
  const items: Bencoded[] = []
  while (reader.bytes[reader.offset] !== asciiEnd) {
    const item = readValue(reader, depth + 1)
    if (item === undefined) return undefined
    items.push(item)
  }
  reader.offset += 1
  return items
}

/** Keys out of order are taken, since nodes that send them exist; a key twice has no one meaning. */
function readDict(reader: Reader, depth: number): BencodedDict | undefined {
  const entries = new Map<string, Bencoded>()
  while (reader.bytes[reader.offset] !== asciiEnd) {
    const keyBytes = readString(reader)
    if (keyBytes === undefined) return undefined
    const key = Buffer.from(keyBytes).toString('latin1')
    const value = readValue(reader, depth + 1)
    if (value === undefined || entries.has(key)) return undefined
    entries.set(key, value)
  }
  reader.offset += 1
  return entries
}

/** The canonical form of `value`: keys sorted by their octets. Throws RangeError for a fraction. */
export function encodeBencode(value: Bencodable): Buffer {
  const parts: Uint8Array[] = []
  write(value, parts)
  return Buffer.concat(parts)
}

function write(value: Bencodable, parts: Uint8Array[]): void {
  if (typeof value === 'bigint' || typeof value === 'number') {
    parts.push(Buffer.from(`i${BigInt(value)}e`, 'latin1'))
  } else if (typeof value === 'string') {
    write(Buffer.from(value, 'latin1'), parts)
  } else if (value instanceof Uint8Array) {
    parts.push(Buffer.from(`${value.length}:`, 'latin1'), value)
  } else if (Array.isArray(value)) {
    parts.push(Buffer.from('l'))
    for (const item of value as readonly Bencodable[]) write(item, parts)
    parts.push(Buffer.from('e'))
  } else {
    writeDict(value instanceof Map ? value : new Map(Object.entries(value)), parts)
  }
}

function writeDict(
  entries: ReadonlyMap<string, Bencodable | undefined>,
  parts: Uint8Array[],
): void {
  parts.push(Buffer.from('d'))
  // Octet order is code unit order for keys of one octet a character.
  for (const key of [...entries.keys()].toSorted((a, b) => (a < b ? -1 : 1))) {
    const value = entries.get(key)
    if (value === undefined) continue
    write(key, parts)
    write(value, parts)
  }
  parts.push(Buffer.from('e'))
}
