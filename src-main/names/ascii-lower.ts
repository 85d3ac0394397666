/**
 * `text` with A-Z lowered and nothing else: DNS knows no other case (RFC 4343 s.3), and Unicode
 * lowering maps some signs (U+212A Kelvin) onto ASCII letters.
 */
export function asciiLower(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}
