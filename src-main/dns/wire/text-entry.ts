import { unescapeOctets } from './escapes.ts'

/** Zone-file text that cannot be read; the message is a plain sentence for the person who wrote it. */
export class TextError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'TextError'
  }
}

const longestShown = 60

/** `text` in quotes for an error message: hostile text must not flood or steer a terminal. */
export function shown(text: string): string {
  const start = text.length > longestShown ? `${text.slice(0, longestShown)}…` : text
  return `"${start.replace(/\p{Cc}/gu, '?')}"`
}

/** A word of zone-file text. Escapes are still in place; the quotes of a quoted word are not. */
export interface Word {
  readonly text: string
  readonly quoted: boolean
}

/** One entry of a zone file (RFC 1035 s.5.1): a line, or several held together by parentheses. */
export interface Entry {
  readonly words: readonly Word[]
  /** The line begins with a blank: the owner is that of the entry before. */
  readonly startsBlank: boolean
  /** Where the next entry begins. */
  readonly next: number
  /** What is wrong with it; `words` are then incomplete. */
  readonly error?: string
}

const ordinary = /[^\s"();]/y

/**
 * Reads the entry that begins at `start`. After an error reading goes on with the next line, so that
 * a forgotten closing parenthesis does not swallow the rest of the file.
 */
export function readEntry(text: string, start: number): Entry {
  const words: Word[] = []
  const startsBlank = text[start] === ' ' || text[start] === '\t'
  let offset = start
  let depth = 0
  const failed = (error: string): Entry => {
    return { words, startsBlank, next: nextLine(text, start), error }
  }
  while (offset < text.length) {
    const character = text[offset] ?? ''
    if (character === '\n') {
      offset += 1
      if (depth === 0) return { words, startsBlank, next: offset }
    } else if (character === ';') {
      offset = lineEnd(text, offset)
    } else if (character === '(') {
      depth += 1
      offset += 1
    } else if (character === ')') {
      if (depth === 0) return failed('there is a ")" without a "("')
      depth -= 1
      offset += 1
    } else if (character === '"') {
      const end = quoteEnd(text, offset)
      if (end === undefined) return failed('a quoted string does not end on its line')
      words.push({ text: text.slice(offset + 1, end), quoted: true })
      offset = end + 1
    } else if (/\s/.test(character)) {
      offset += 1
    } else {
      const end = wordEnd(text, offset)
      if (end === undefined) return failed('a quoted string does not end on its line')
      words.push({ text: text.slice(offset, end), quoted: false })
      offset = end
    }
  }
  return depth === 0 ? { words, startsBlank, next: offset } : failed('there is a "(" without a ")"')
}

/** The words of text that is one entry, such as the data of a record. Throws TextError. */
export function wordsOf(text: string): readonly Word[] {
  const body = text.trimStart()
  const entry = readEntry(body, 0)
  if (entry.error !== undefined) throw new TextError(entry.error)
  if (body.slice(entry.next).trim() !== '') throw new TextError('there is more than one line')
  return entry.words
}

/**
 * The end of an unquoted word. A quote behind `=` belongs to the word up to its closing quote
 * (RFC 9460 appendix A: `alpn="h2,h3"`); any other quote inside a word is an ordinary character.
 */
function wordEnd(text: string, start: number): number | undefined {
  let offset = start
  while (offset < text.length) {
    const character = text[offset] ?? ''
    if (character === '\\') {
      offset += text[offset + 1] === '\n' || offset + 1 === text.length ? 1 : 2
    } else if (character === '"') {
      const end = text[offset - 1] === '=' ? quoteEnd(text, offset) : offset
      if (end === undefined) return undefined
      offset = end + 1
    } else {
      ordinary.lastIndex = offset
      if (!ordinary.test(text)) break
      offset += 1
    }
  }
  return offset
}

/** Where the quote that closes the one at `start` is; undefined when the line ends before it. */
function quoteEnd(text: string, start: number): number | undefined {
  for (let offset = start + 1; offset < text.length; offset += 1) {
    const character = text[offset]
    if (character === '"') return offset
    if (character === '\n') return undefined
    if (character === '\\') offset += 1
  }
  return undefined
}

function lineEnd(text: string, start: number): number {
  const end = text.indexOf('\n', start)
  return end < 0 ? text.length : end
}

function nextLine(text: string, start: number): number {
  return Math.min(lineEnd(text, start) + 1, text.length)
}

/** The octets of a word. Throws TextError when an escape is broken. */
export function wordOctets(text: string): Buffer {
  const octets = unescapeOctets(text)
  if (octets === undefined) {
    throw new TextError('a backslash must be followed by a sign or by three digits up to 255')
  }
  return octets
}
