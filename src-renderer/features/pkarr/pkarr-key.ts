import { text } from '../../text/catalogue.ts'

const words = text.pkarr.lookup

export type PkarrTarget =
  { readonly key: string } | { readonly error: string; readonly isSecret?: true }

/** Only whole keys of z-base-32: the last character carries four empty bits, so it is `y` or `o`. */
const wholeKey = /^[a-km-uw-z13-9]{51}[yo]$/u

/**
 * The key in what a person typed: a key, a name that ends in one (with `.pkarr` or `.key` behind it),
 * a `pk:` address or any URL of such a name. The last label that can be a key counts.
 */
export function parsePkarrTarget(typed: string): PkarrTarget {
  const asked = typed.trim().toLowerCase()
  if (asked === '') return { error: words.missing }
  if (asked.includes('nsec1')) return { error: words.secret, isSecret: true }
  const host =
    asked
      .replace(/^[a-z][a-z0-9+.-]*:(?:\/\/)?/u, '')
      .split(/[/?#]/u)[0]
      ?.replace(/^.*@/u, '')
      .replace(/:\d*$/u, '')
      .replace(/\.$/u, '') ?? ''
  const key = host
    .replace(/\.(?:pkarr|key)$/u, '')
    .split('.')
    .at(-1)
  return key !== undefined && wholeKey.test(key) ? { key } : { error: words.notAKey }
}
