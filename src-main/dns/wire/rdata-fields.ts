import type { DnsName, RecordType } from './message.ts'
import { parseNameText } from './name-text.ts'
import { shown, TextError, wordOctets } from './text-entry.ts'
import type { Word } from './text-entry.ts'
import { parseTtl } from './ttl-text.ts'

/** Octets of one `<character-string>` (RFC 1035 s.3.3). */
export const longestString = 255

/** The fields of one record's data, taken from left to right; each throws TextError. */
export interface Fields {
  word(what: string): Word
  number(what: string, most: number): number
  duration(what: string): number
  name(what: string): DnsName
  string(what: string): Uint8Array
  /** All words that are left, as one run of hex digits. */
  hex(what: string): Uint8Array
  rest(): readonly Word[]
  end(): void
}

/** `words` as the fields of a record of `type`; relative names continue with `origin`. */
export function readFields(type: RecordType, words: readonly Word[], origin: DnsName): Fields {
  let index = 0
  const word = (what: string): Word => {
    const found = words[index]
    if (found === undefined) throw new TextError(`${type} data needs ${what}`)
    index += 1
    return found
  }
  const rest = (): readonly Word[] => {
    const found = words.slice(index)
    index = words.length
    return found
  }
  return {
    word,
    rest,
    number(what, most) {
      const { text } = word(what)
      if (!/^\d{1,10}$/.test(text) || Number(text) > most) {
        throw new TextError(`${shown(text)} is not ${what} (a number up to ${most})`)
      }
      return Number(text)
    },
    duration(what) {
      const { text } = word(what)
      const seconds = parseTtl(text)
      if (seconds === undefined)
        throw new TextError(`${shown(text)} is not ${what} (such as 3600 or 1h)`)
      return seconds
    },
    name: (what) => parseNameText(word(what).text, origin),
    string(what) {
      const octets = wordOctets(word(what).text)
      if (octets.length > longestString) {
        throw new TextError(`${what} has ${octets.length} octets; one string holds at most 255`)
      }
      return Uint8Array.from(octets)
    },
    hex(what) {
      const digits = [word(what), ...rest()].map(({ text }) => text).join('')
      if (digits.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(digits)) {
        throw new TextError(`${what} must be an even number of hex digits`)
      }
      return Uint8Array.from(Buffer.from(digits, 'hex'))
    },
    end() {
      const extra = words[index]
      if (extra !== undefined) {
        throw new TextError(`${shown(extra.text)} is more than ${type} data holds`)
      }
    },
  }
}
